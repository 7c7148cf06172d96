"""Inbox sync from HubSpot's settings to an answered conversation with pictures, a group as a company, and its end."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.hubspot import PORTAL, connect_hubspot
from tests.journeys.test_accessibility import COFFEE_SHOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words, words_in
from tests.support.waiting import wait_until

pytestmark = pytest.mark.journey
CHANNEL = "/channels/2000000001"
SETTINGS, INBOX = "/hubspot/live-messages-settings/243000001/inboxes", "/hubspot/live-messages/243000001/inbox"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


def sandbox_page(demo: Installation, path: str) -> str:
    """Return the address of a page of HubSpot's stand-in."""
    return f"{demo.sandbox_url}{path}"


def connect_inbox(page: Page, demo: Installation, say: Words) -> None:
    """Begin in HubSpot's inbox settings, choose the account here, and come back to HubSpot."""
    page.goto(sandbox_page(demo, SETTINGS))
    offered = page.locator("button[name=act][value=connect]")
    wait_until(lambda: offered.count() or page.reload(), "HubSpot offers the channel")
    offered.click()
    expect(page).to_have_url(re.compile(r"/integrations/hubspot/inbox/connect\?"))
    page.locator(f"#account-{COFFEE_SHOP}").check()
    page.locator("#inbox-connect-form button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"/live-messages-settings/"))
    page.goto(f"{demo.url}/integrations/hubspot")
    page.goto(f"{page.url}/settings")
    expect(page.locator(f"#inbox-of-{COFFEE_SHOP} .badge")).to_have_text(say("Connected"), timeout=30_000)


def act(demo: Installation, friend: str, act: str, **fields: Any) -> Any:
    return demo.sandbox("POST", f"{CHANNEL}/friends/{friend}/acts", {"act": act, "wait": 5, **fields})


def wait_for(page: Page, words: str) -> None:
    """Look again until the page says so."""
    wait_until(lambda: words in page.content() or (page.wait_for_timeout(300), page.reload())[1], words)


def test_a_conversation_goes_both_ways_and_a_group_is_a_company(
    page: Page, demo: Installation, reader: tuple[str, str]
) -> None:
    say, mark = words_in(reader[1]), reader[0]
    sign_in(page, demo)
    page.goto(demo.url)
    connect_hubspot(page, demo, COFFEE_SHOP)
    connect_inbox(page, demo, say)
    friend = demo.sandbox("POST", f"{CHANNEL}/friends", {"display_name": f"Inbox {mark}"})["user_id"]
    act(demo, friend, "add")
    act(demo, friend, "message", message={"type": "text", "text": f"Is there cake? ({mark})"})
    act(demo, friend, "message", message={"type": "image"})
    page.goto(sandbox_page(demo, INBOX))
    wait_for(page, f"Is there cake? ({mark})")
    wait_until(lambda: page.locator(".hub-got img").count() or page.reload(), "the friend's picture")
    page.locator("textarea[name=text]").fill(f"Yes, like this one ({mark})")
    page.locator("input[name=files]").set_input_files({"name": "c.png", "mimeType": "image/png", "buffer": PICTURE})
    page.locator(".hub-thread button[type=submit]").click()
    wait_until(lambda: page.locator(".hub-status").last.inner_text() == "SENT" or page.reload(), "it was sent")
    sent = demo.sandbox("GET", f"{CHANNEL}/messages")["messages"]
    assert any(f"like this one ({mark})" in str(one) for one in sent)
    page.goto(f"{demo.url}/chat?search=Inbox+{mark}")
    page.locator("a", has_text=f"Inbox {mark}").first.click()
    expect(page.locator("main")).to_contain_text("Hanako Sato (HubSpot)")
    follow_group(page, demo, friend, mark)
    end_and_begin_again(page, demo, say)


def follow_group(page: Page, demo: Installation, friend: str, mark: str) -> None:
    """Let a group become a company."""
    group = demo.sandbox("POST", f"{CHANNEL}/groups", {"name": f"Club {mark}", "members": [friend]})["group_id"]
    acts = f"{CHANNEL}/groups/{group}/acts"
    demo.sandbox("POST", acts, {"act": "join", "wait": 5})
    said = {"type": "text", "text": f"Who comes? ({mark})"}
    demo.sandbox("POST", acts, {"act": "message", "user_id": friend, "message": said, "wait": 5})
    page.goto(f"{demo.url}/integrations/hubspot")
    page.goto(f"{page.url}/settings")
    page.locator("#hubspot-groups button[name=is_on]").click()
    page.goto(sandbox_page(demo, INBOX))
    wait_for(page, f"Who comes? ({mark})")
    companies = f"{PORTAL}/companies?after=500000000&limit=50"
    wait_until(lambda: f"Club {mark}" in str(demo.sandbox("GET", companies)), "the company")
    page.goto(f"{demo.url}/integrations/hubspot")
    page.goto(f"{page.url}/settings")
    page.locator("#hubspot-groups button[name=is_on]").click()


def end_and_begin_again(page: Page, demo: Installation, say: Words) -> None:
    """Remove the sync, connect it again without a second channel, and leave it removed for the next reader."""
    row = page.locator(f"#inbox-of-{COFFEE_SHOP}")
    for is_last in (False, True):
        row.get_by_role("button", name=say("Remove inbox sync")).first.click()
        page.locator("dialog[open]").get_by_role("button", name=say("Remove inbox sync")).click()
        expect(row.locator(".badge")).to_have_text(say("Disconnected"))
        if not is_last:
            connect_inbox(page, demo, say)
            accounts = demo.sandbox("GET", f"{PORTAL}/inbox")["accounts"]
            assert len([one for one in accounts if one["archived_at"] is None]) == 1

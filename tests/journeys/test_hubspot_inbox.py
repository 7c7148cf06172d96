"""Inbox sync from HubSpot's settings to an answered conversation with pictures, a group as a company, and its end."""

from __future__ import annotations

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.seeds import known
from tests.factories.media import picture
from tests.journeys.conftest import Installation
from tests.journeys.hubspot import PORTAL, connect_hubspot
from tests.journeys.readers import ON_DESKTOP
from tests.journeys.test_accessibility import COFFEE_SHOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.journey, ON_DESKTOP]
CHANNEL = f"/channels/{known.COFFEE.channel_id}"


def settings_page(page: Page, demo: Installation, say: Words) -> None:
    """Go from the integrations to the settings of HubSpot, as a member does."""
    page.goto(f"{demo.url}/integrations/hubspot")
    page.locator("main").get_by_role("link", name=say("Settings"), exact=True).first.click()
    expect(page.locator("#hubspot-inbox")).to_be_visible()


def at_hubspot(page: Page, demo: Installation, say: Words, link: str) -> None:
    """Follow a link of the settings to HubSpot; it opens a tab of its own, and is looked at in this one."""
    settings_page(page, demo, say)
    page.goto(page.locator("#hubspot-inbox").get_by_role("link", name=say(link)).get_attribute("href") or "")


def seen(page: Page, selector: str, what: str) -> None:
    """Look at HubSpot's page again until it shows what is sought."""

    def is_there() -> bool:
        if page.locator(selector).count():
            return True
        page.wait_for_timeout(300)
        page.reload()
        return False

    wait_until(is_there, what)


def connect_inbox(page: Page, demo: Installation, say: Words) -> None:
    """Begin in HubSpot's inbox settings, choose the account here, and come back to HubSpot."""
    at_hubspot(page, demo, say, "Inbox settings in HubSpot")
    seen(page, "button[name=act][value=connect]", "HubSpot offers the channel")
    page.locator("button[name=act][value=connect]").click()
    expect(page).to_have_url(re.compile(r"/integrations/hubspot/inbox/connect\?"))
    page.locator(f"#account-{COFFEE_SHOP}").check()
    page.locator("#inbox-connect-form button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"/live-messages-settings/"))
    settings_page(page, demo, say)
    expect(page.locator(f"#inbox-of-{COFFEE_SHOP} .badge")).to_have_text(say("Connected"), timeout=30_000)


def act(demo: Installation, friend: str, name: str, **fields: Any) -> Any:
    return demo.sandbox("POST", f"{CHANNEL}/friends/{friend}/acts", {"act": name, "wait": 5, **fields})


def open_thread(page: Page, demo: Installation, say: Words, row: str, words: str) -> None:
    """Open the thread of HubSpot's inbox whose row says so, and wait until these words stand in it."""
    at_hubspot(page, demo, say, "Open HubSpot's inbox")
    shown = f".hub-threads a:has-text('{row}')"
    seen(page, shown, row)
    page.locator(shown).first.click()
    seen(page, f".hub-got:has-text('{words}')", words)


@pytest.mark.timeout(300)
def test_a_conversation_goes_both_ways_and_a_group_is_a_company(page: Page, demo: Installation, say: Words) -> None:
    mark = secrets.token_hex(3)
    sign_in(page, demo)
    connect_hubspot(page, demo, COFFEE_SHOP)
    connect_inbox(page, demo, say)
    friend = demo.sandbox("POST", f"{CHANNEL}/friends", {"display_name": f"Inbox {mark}"})["user_id"]
    act(demo, friend, "add")
    act(demo, friend, "message", message={"type": "image"})
    act(demo, friend, "message", message={"type": "text", "text": f"Is there cake? ({mark})"})
    open_thread(page, demo, say, f"Inbox {mark}", f"Is there cake? ({mark})")
    expect(page.locator(".hub-got img")).to_have_js_property("complete", True)
    assert page.locator(".hub-got img").evaluate("image => image.naturalWidth") > 0
    page.locator("textarea[name=text]").fill(f"Yes, like this one ({mark})")
    files = {"name": "cake.png", "mimeType": "image/png", "buffer": picture()}
    page.locator("input[name=files]").set_input_files(files)
    page.locator(".hub-thread button[type=submit]").click()
    answered = f".hub-sent:has-text('Yes, like this one ({mark})')"
    seen(page, f"{answered} .hub-status:text-matches('^(SENT|送信済み)$')", "it was sent")
    chat = str(demo.sandbox("GET", f"{CHANNEL}/friends/{friend}/chat")["entries"])
    assert f"like this one ({mark})" in chat and "originalContentUrl" in chat
    page.goto(f"{demo.url}/chat?search=Inbox+{mark}")
    page.locator(".chat-link", has_text=f"Inbox {mark}").first.click()
    expect(page.locator("#chat-lines")).to_contain_text("(HubSpot)")
    follow_group(page, demo, say, friend, mark)
    end_and_begin_again(page, demo, say)


def follow_group(page: Page, demo: Installation, say: Words, friend: str, mark: str) -> None:
    """Let a group become a company, whose thread stands beside the friend's own."""
    group = demo.sandbox("POST", f"{CHANNEL}/groups", {"name": f"Club {mark}", "members": [friend]})["group_id"]
    acts = f"{CHANNEL}/groups/{group}/acts"
    demo.sandbox("POST", acts, {"act": "join", "wait": 5})
    said = {"type": "text", "text": f"Who comes? ({mark})"}
    demo.sandbox("POST", acts, {"act": "message", "user_id": friend, "message": said, "wait": 5})
    settings_page(page, demo, say)
    page.locator("#hubspot-groups button[name=is_on]").click()
    said_last = f"Who comes? ({mark})"
    open_thread(page, demo, say, said_last, said_last)
    companies = f"{PORTAL}/companies?after=500000000&limit=50"
    wait_until(lambda: f"Club {mark}" in str(demo.sandbox("GET", companies)), "the company")
    settings_page(page, demo, say)
    page.locator("#hubspot-groups button[name=is_on]").click()


def end_and_begin_again(page: Page, demo: Installation, say: Words) -> None:
    """Remove the sync, connect it again without a second channel, and leave it removed for the next reader."""
    for is_last in (False, True):
        settings_page(page, demo, say)
        row = page.locator(f"#inbox-of-{COFFEE_SHOP}")
        row.get_by_role("button", name=say("Remove inbox sync")).first.click()
        page.locator("dialog[open]").get_by_role("button", name=say("Remove inbox sync")).click()
        expect(row.locator(".badge")).to_have_text(say("Disconnected"))
        if not is_last:
            connect_inbox(page, demo, say)
            accounts = demo.sandbox("GET", f"{PORTAL}/inbox")["accounts"]
            assert len([one for one in accounts if one["archived_at"] is None]) == 1

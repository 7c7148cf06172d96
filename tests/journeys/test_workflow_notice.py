"""A workflow that tells a member by e-mail what a friend wrote: made in the browser, started, and fired in the chat."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.seeds import known
from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_rich_menus import press
from tests.journeys.words import words_in

pytestmark = pytest.mark.journey
PEOPLE = f"/channels/{known.COFFEE.channel_id}/friends"
ACCOUNT = "灯珈琲 Tomoru Coffee"


def add(page: Page, after: str, kind: str) -> None:
    """Choose a kind in the palette that a + opens; its form follows."""
    page.locator(after).click()
    page.locator(f"dialog[open] button[name=kind][value={kind}]").click()
    expect(page).to_have_url(re.compile(r"/workflows/\d+\?step=\w+&new=1$"))


def test_a_member_is_told_what_a_friend_wrote(page: Page, demo: Installation, reader: tuple[str, str]) -> None:
    say, word = words_in(reader[1]), f"help-{reader[0]}"
    sign_in(page, demo)
    page.goto(f"{demo.url}/workflows")
    page.get_by_role("button", name=say("Create Workflow")).first.click()
    page.locator("#new-workflow-name").fill(f"Help {reader[0]}")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/workflows/\d+$"))
    page.goto(f"{page.url}/steps/start")
    page.get_by_role("checkbox", name=ACCOUNT).check()
    page.get_by_role("button", name=say("Done")).last.click()
    expect(page).to_have_url(re.compile(r"/workflows/\d+#node-start$"))
    add(page, "#add-trigger-0", "message")
    page.locator("#f-keywords-0").fill(word)
    page.get_by_role("button", name=say("Done")).last.click()
    add(page, "[id^=add-][id$=-next]", "notify_member")
    page.locator("#f-subject").fill(f"A friend needs {word}")
    # What was typed is kept while the choice of values is open.
    page.locator("[data-picker-field=f-text]").click()
    value = page.locator("dialog[open] .picker-value", has_text=say("What the friend wrote"))
    press(page, value)
    page.keyboard.type("…")
    expect(page.locator("#f-text")).to_have_value("{{trigger.text|…}}")
    page.get_by_role("button", name=say("Done")).last.click()
    expect(page).to_have_url(re.compile(r"#node-\w+$"))
    page.locator("#save-workflow").click()
    expect(page.locator("#save-workflow")).to_be_disabled()
    page.locator("[id^=start-workflow-]").click()
    page.locator("dialog[open] #workflow-start button[type=submit]").click()
    expect(page.locator("#workflow-head")).to_contain_text(say("Active"))
    user_id = str(demo.sandbox("POST", PEOPLE, {"display_name": "さくら"})["user_id"])
    for act in ({"act": "add"}, {"act": "message", "message": {"type": "text", "text": word.upper()}}):
        demo.sandbox("POST", f"{PEOPLE}/{user_id}/acts", act)
    for _ in range(60):
        page.goto(f"{demo.url}/outbox")
        if page.get_by_text(f"A friend needs {word}").count():
            break
        page.wait_for_timeout(500)
    expect(page.get_by_text(f"A friend needs {word}").first).to_be_visible()

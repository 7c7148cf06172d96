"""A friend writes, and a member answers from the keyboard: the list, the thread and the phone follow by themselves."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.seeds import known
from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words
from tests.support.axe import faults

pytestmark = pytest.mark.journey
ASKED, ANSWERED = "Is there a table on Sunday?", "Yes, at ten. See you then!"


def test_a_friend_is_answered_without_a_reload(page: Page, demo: Installation, say: Words) -> None:
    friends = f"/channels/{known.COFFEE.channel_id}/friends"
    person = demo.sandbox("POST", friends, {"display_name": "Natsuki"})
    friend = person["user_id"]
    demo.sandbox("POST", f"{friends}/{friend}/acts", {"act": "add", "wait": 5})
    sign_in(page, demo)
    page.goto(f"{demo.url}/chat")
    page.locator("#chat-list").focus()
    asked = {"act": "message", "message": {"type": "text", "text": ASKED}, "wait": 5}
    demo.sandbox("POST", f"{friends}/{friend}/acts", asked)
    row = page.locator(".chat-row", has_text="Natsuki").first
    expect(row).to_be_visible()
    expect(row.locator(".chat-count")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator(".chat-link").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#chat-lines")).to_contain_text(ASKED)
    expect(page.locator("#chat-title")).to_be_visible()
    assert faults(page) == []
    page.locator("#chat-scroll").focus()
    page.keyboard.press("r")
    page.keyboard.type(ANSWERED)
    page.keyboard.press("Control+Enter")
    sent = page.locator(".chat-message.is-out", has_text=ANSWERED)
    expect(sent).to_contain_text(say("Sent"))
    expect(page.locator("#chat-text")).to_have_value("")
    chat = demo.sandbox("GET", f"{friends}/{friend}/chat")["entries"]
    assert ANSWERED in str(chat[-1])
    page.locator("#chat-scroll").focus()
    page.keyboard.press("e")
    expect(row).to_contain_text(say("Done"))

"""An answer of a file, a sticker and a place, put together and sent with keys alone."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.sync_api import Locator, Page, expect

from app.seeds import known
from tests.factories.media import picture
from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words
from tests.support.axe import faults
from tests.support.waiting import wait_until

pytestmark = pytest.mark.journey
FRIENDS = f"/channels/{known.COFFEE.channel_id}/friends"
# More controls than stand between any two places of the composer.
FAR = 30
# How many pixels of the thread lie below what is shown.
BELOW = "one => one.scrollHeight - one.scrollTop - one.clientHeight"


def tab_to(page: Page, control: Locator) -> None:
    """Press Tab until the control has the focus."""
    # Asked in one step: an answer may replace the control between finding it and looking at it.
    held = control.and_(page.locator(":focus"))
    for _step in range(FAR):
        if held.count():
            return
        page.keyboard.press("Tab")
    expect(control).to_be_focused()


def test_a_file_a_sticker_and_a_place_are_sent_with_keys_alone(
    page: Page, demo: Installation, say: Words, request: pytest.FixtureRequest
) -> None:
    # The place is wrong at first.
    request.node.expected_problems = ("422",)
    name = f"Kii {secrets.token_hex(3)}"
    friend = demo.sandbox("POST", FRIENDS, {"display_name": name})["user_id"]
    for wish in ({"act": "add"}, {"act": "message", "message": {"type": "text", "text": "Show me!"}}):
        demo.sandbox("POST", f"{FRIENDS}/{friend}/acts", {**wish, "wait": 5})
    # Choosers are taken over from now on: the key comes faster than a subscription of its moment.
    page.on("filechooser", lambda _chooser: None)
    sign_in(page, demo)
    page.goto(f"{demo.url}/chat", wait_until="networkidle")
    page.keyboard.press("s")
    expect(page.locator("#chat-filter [name=search]")).to_be_focused()
    page.keyboard.type(name)
    expect(page.locator(".chat-row")).to_have_count(1)
    tab_to(page, page.locator(".chat-link"))
    page.keyboard.press("Enter")
    expect(page.locator("#chat-title")).to_have_text(name)
    tab_to(page, page.locator("#chat-scroll"))
    page.keyboard.press("r")
    expect(page.locator("#chat-text")).to_be_focused()
    page.keyboard.type("Here it is")
    show_what_can_be_put_in(page)
    attach_a_file(page)
    expect(page.locator("#chat-text")).to_have_value("Here it is")
    choose_a_sticker(page, say)
    write_a_place(page)
    assert faults(page) == []
    tab_to(page, page.locator(".chat-tools .btn-primary"))
    page.keyboard.press("Enter")
    expect(page.locator(".chat-waiting")).to_have_count(0)
    expect(page.locator(".chat-message.is-out", has_text="Kyoto shop")).to_contain_text(say("Sent"))
    # The picture may come late: the newest message is in view all the same.
    expect(page.locator("#chat-lines img[src*=media]").last).to_have_js_property("complete", True)
    wait_until(lambda: page.locator("#chat-scroll").evaluate(BELOW) < 2, "the thread is at its end")
    expect(page.locator("#chat-text")).to_have_value("")
    arrived = [one["message"] for one in demo.sandbox("GET", f"{FRIENDS}/{friend}/chat")["entries"] if "message" in one]
    assert [one["type"] for one in arrived[-4:]] == ["text", "image", "sticker", "location"]
    assert arrived[-1]["title"] == "Kyoto shop"


def show_what_can_be_put_in(page: Page) -> None:
    opener = page.locator(".chat-opens-puts")
    if opener.is_visible():
        expect(page.locator("#chat-puts")).to_be_hidden()
        tab_to(page, opener)
        page.keyboard.press("Enter")
    expect(page.locator("#chat-puts")).to_be_visible()


def attach_a_file(page: Page) -> None:
    tab_to(page, page.locator("#chat-files"))
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Space")
    chosen.value.set_files({"name": "beans.png", "mimeType": "image/png", "buffer": picture()})
    expect(page.locator(".chat-waiting")).to_have_count(1)


def choose_a_sticker(page: Page, say: Words) -> None:
    opener = page.get_by_role("button", name=say("Sticker"), exact=True)
    tab_to(page, opener)
    page.keyboard.press("Enter")
    expect(page.locator("#search-stickers")).to_be_focused()
    tab_to(page, page.locator("#shelf-stickers .shelf-items button").first)
    page.keyboard.press("ArrowRight")
    second = page.locator("#shelf-stickers .shelf-items button").nth(1)
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#sticker-picker")).to_be_hidden()
    expect(page.locator(".chat-waiting")).to_have_count(2)
    expect(opener).to_be_focused()


def write_a_place(page: Page) -> None:
    tab_to(page, page.locator(".chat-tools [commandfor=chat-location]"))
    page.keyboard.press("Enter")
    expect(page.locator("#chat-place-title")).to_be_focused()
    page.keyboard.type("Kyoto shop")
    page.keyboard.press("Tab")
    page.keyboard.type("1 Gion, Kyoto")
    page.keyboard.press("Tab")
    page.keyboard.type("nowhere")
    page.keyboard.press("Enter")
    expect(page.locator("#chat-place-problem")).to_have_text(re.compile("35.6812"))
    expect(page.locator("#chat-location")).to_be_visible()
    page.locator("#chat-place").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("35.0036, 135.7786")
    page.keyboard.press("Enter")
    expect(page.locator("#chat-location")).to_be_hidden()
    expect(page.locator(".chat-waiting")).to_have_count(3)

"""A friend writes, and a member answers from the keyboard: the list, the thread and the phone follow by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from app.seeds import known
from tests.journeys.conftest import Installation
from tests.journeys.outages import web_away
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words
from tests.support.axe import faults

pytestmark = pytest.mark.journey
ASKED, ANSWERED = "Is there a table on Sunday?", "Yes, at ten. See you then!"


def boxes_stand_beside_pictures(page: Page, row: Locator) -> None:
    """Look at the list as on a screen that is touched, where the boxes to tick are always there."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    box, picture = (row.locator(part).bounding_box() for part in (".chat-check", ".avatar"))
    assert box and picture and box["x"] + box["width"] <= picture["x"]
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    session.detach()


def nothing_is_to_be_chosen_beside_an_empty_list(page: Page, url: str) -> None:
    page.goto(f"{url}/chat?search=nothingsaysthis")
    expect(page.locator("#chat-list .chat-link")).to_have_count(0)
    expect(page.locator(".chat-none")).to_be_hidden()
    page.goto(f"{url}/chat")
    expect(page.locator(".chat-side")).to_be_visible()
    expect(page.locator(".chat-none")).to_be_visible(visible=is_wide(page))


def is_wide(page: Page) -> bool:
    """Return whether list and thread stand side by side."""
    return page.evaluate("innerWidth >= 992")  # type: ignore[no-any-return]


def thread_is_readable_above_the_field(page: Page) -> None:
    """Look at an open conversation: nothing of the field lies outside the window, and most of it is the thread."""
    expect(page.locator(".chat-tools .btn-primary")).to_be_in_viewport(ratio=1)
    window, thread = page.viewport_size, page.locator("#chat-scroll").bounding_box()
    assert window and thread and thread["height"] > window["height"] * 0.4


def person_is_one_press_away(page: Page) -> None:
    """Go from the thread to the person below it and back, where a phone shows one of them at a time."""
    opener = page.locator(".chat-to-person")
    if opener.is_visible():
        opener.click()
        expect(page.locator("#chat-person")).to_be_in_viewport()
        expect(page.locator("#chat-person")).to_be_focused()
    page.locator("#chat-scroll").focus()


def test_a_friend_is_answered_without_a_reload(page: Page, demo: Installation, say: Words) -> None:
    friends = f"/channels/{known.COFFEE.channel_id}/friends"
    person = demo.sandbox("POST", friends, {"display_name": "Natsuki"})
    friend = person["user_id"]
    demo.sandbox("POST", f"{friends}/{friend}/acts", {"act": "add", "wait": 5})
    sign_in(page, demo)
    nothing_is_to_be_chosen_beside_an_empty_list(page, demo.url)
    page.locator("#chat-list").focus()
    page.keyboard.press("?")
    expect(page.locator("#chat-keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#chat-keys")).to_be_hidden()
    asked = {"act": "message", "message": {"type": "text", "text": ASKED}, "wait": 5}
    demo.sandbox("POST", f"{friends}/{friend}/acts", asked)
    row = page.locator(".chat-row", has_text="Natsuki").first
    expect(row).to_be_visible()
    expect(row.locator(".chat-count")).to_be_visible()
    boxes_stand_beside_pictures(page, row)
    for key, place in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0)):
        page.keyboard.press(key)
        expect(page.locator(".chat-link").nth(place)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#chat-lines")).to_contain_text(ASKED)
    expect(page.locator("#chat-title")).to_be_visible()
    assert faults(page) == []
    thread_is_readable_above_the_field(page)
    person_is_one_press_away(page)
    page.keyboard.press("r")
    page.keyboard.type(ANSWERED)
    page.keyboard.press("Control+Enter")
    sent = page.locator(".chat-message.is-out", has_text=ANSWERED)
    expect(sent).to_contain_text(say("Sent"))
    expect(page.locator("#chat-text")).to_have_value("")
    chat = demo.sandbox("GET", f"{friends}/{friend}/chat")["entries"]
    assert ANSWERED in str(chat[-1])
    page.locator("#chat-scroll").focus()
    page.keyboard.press("a")
    expect(page.locator("#chat-assignee option:checked")).to_have_text(known.ADMINISTRATOR[1])
    page.locator("#chat-scroll").focus()
    page.keyboard.press("e")
    expect(row).to_contain_text(say("Done"))


@pytest.mark.parametrize("reader", [("desktop", "en")], indirect=True, ids="-".join)
def test_an_open_page_catches_up_over_a_restart_of_the_server(
    page: Page, demo: Installation, say: Words, request: pytest.FixtureRequest
) -> None:
    request.node.expected_problems = ("net::ERR_", "Failed to fetch", "502", "503")
    channel = f"/channels/{known.COFFEE.channel_id}"
    friend = demo.sandbox("POST", f"{channel}/friends", {"display_name": "Yukari"})["user_id"]

    def act(act: str, **fields: Any) -> None:
        demo.sandbox("POST", f"{channel}/friends/{friend}/acts", {"act": act, **fields})

    def write(number: int) -> None:
        act("message", message={"type": "text", "text": f"Yukari {number}"}, wait=0)

    act("add", wait=5)
    write(1)
    sign_in(page, demo)
    page.goto(f"{demo.url}/chat?search=Yukari")
    page.locator(".chat-link", has_text="Yukari").first.click()
    lines = page.locator(".chat-message.is-in .phone-words", has_text="Yukari")
    expect(lines).to_have_text(["Yukari 1"])
    lost = page.locator(".chat-lost")
    redelivery = demo.sandbox("GET", channel)["webhook"]["redelivery"]
    often = {"enabled": True, "count": 100, "interval_seconds": 0.5}
    demo.sandbox("PATCH", channel, {"webhook": {"redelivery": often}})
    try:
        with web_away(demo):
            for number in (2, 3):
                write(number)
            expect(lost).to_have_text(say("Connection lost. Trying again …"))
        write(4)
        # The server may take its time to start.
        expect(lines).to_have_text([f"Yukari {number}" for number in range(1, 5)], timeout=60_000)
        expect(lost).to_have_text("")
    finally:
        demo.sandbox("PATCH", channel, {"webhook": {"redelivery": redelivery}})

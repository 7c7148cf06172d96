"""What helps a team to answer, in a browser: notes, canned replies by keyboard, and a reply outside business hours."""

from __future__ import annotations

from calendar import day_name
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from app.seeds import known
from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP, ON_PHONE
from tests.journeys.test_accessibility import COFFEE_SHOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words
from tests.support.axe import faults
from tests.support.waiting import wait_until

pytestmark = pytest.mark.journey
WEEKDAYS = [one.lower() for one in day_name]
FRIENDS = f"/channels/{known.COFFEE.channel_id}/friends"


def friend(demo: Installation, name: str) -> str:
    made = demo.sandbox("POST", FRIENDS, {"display_name": name})["user_id"]
    demo.sandbox("POST", f"{FRIENDS}/{made}/acts", {"act": "add", "wait": 5})
    return str(made)


def write(demo: Installation, person: str, text: str) -> None:
    demo.sandbox(
        "POST", f"{FRIENDS}/{person}/acts", {"act": "message", "message": {"type": "text", "text": text}, "wait": 5}
    )


@ON_DESKTOP
def test_notes_and_canned_replies_by_keyboard(page: Page, demo: Installation, say: Words) -> None:
    write(demo, friend(demo, "Kasumi"), "駐車場はありますか？")
    sign_in(page, demo)
    page.goto(f"{demo.url}/chat")
    page.locator(".chat-link", has_text="Kasumi").first.click()
    expect(page.locator("#chat-lines")).to_contain_text("駐車場はありますか？")
    page.locator("#chat-scroll").focus()
    page.keyboard.press("n")
    page.keyboard.type("Comes by car.")
    page.get_by_role("button", name=say("Add the note")).click()
    note = page.locator(".chat-message.is-note", has_text="Comes by car.")
    expect(note).to_be_visible()
    note.get_by_role("button", name=say("Pin on top")).click()
    expect(page.locator("#chat-pinned")).to_contain_text("Comes by car.")
    page.locator("#chat-scroll").focus()
    page.keyboard.press("/")
    expect(page.locator("#palette-canned-search")).to_be_focused()
    assert faults(page) == []
    page.keyboard.type("parking")
    page.keyboard.press("Enter")
    expect(page.locator("#chat-text")).to_have_value(
        "駐車場は店舗の裏に3台分ございます。満車の際は近隣のコインパーキングをご利用ください。"
    )
    page.locator("#chat-text").fill("")
    page.get_by_role("button", name=say("Generate Reply")).click()
    expect(page.locator("#chat-helper")).to_contain_text("駐車場")
    expect(page.locator("#chat-text")).not_to_have_value("")
    expect(page.locator("#friend-tags")).to_be_visible()
    page.locator("#chat-text").fill("")


@ON_PHONE
def test_a_closed_shop_answers_when_it_opens(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    hours, settings = (f"{demo.url}/accounts/{COFFEE_SHOP}/{path}" for path in ("business-hours", "chat-settings"))

    def change(url: str, **values: str) -> None:
        page.goto(url)
        for field, value in values.items():
            page.locator(f"[name={field}]").fill(value)
        page.locator(".save-bar .btn-primary").click()
        expect(page.locator(".save-bar")).not_to_be_visible()

    page.goto(hours)
    usual = {day: page.locator(f"[name={day}]").input_value() for day in WEEKDAYS}
    in_two_days = WEEKDAYS[(datetime.now(ZoneInfo("Asia/Tokyo")).weekday() + 2) % 7]
    change(hours, **(dict.fromkeys(WEEKDAYS, "") | {in_two_days: "10:00-11:00"}))
    try:
        change(settings, closed_reply="Closed until {{next_opening|soon}}.")
        expect(page.locator("#chat")).to_contain_text(say("The account is closed now. Next opening:"))
        person = friend(demo, "Michiru")
        write(demo, person, "Hello?")

        def answered() -> bool:
            return "Closed until" in str(demo.sandbox("GET", f"{FRIENDS}/{person}/chat")["entries"])

        wait_until(answered, "The shop answers that it is closed.")
    finally:
        change(settings, closed_reply="")
        change(hours, **usual)

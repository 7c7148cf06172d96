"""A QR Code is made in the browser and scanned on the sandbox's phone, by a page that knows who has it open."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.seeds import known
from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_rich_menus import press
from tests.journeys.test_segments import tab_to
from tests.journeys.words import words_in

pytestmark = [pytest.mark.journey, ON_DESKTOP]
COFFEE = known.COFFEE.channel_id


def test_a_code_is_made_and_scanned_with_the_keyboard_alone(
    page: Page, demo: Installation, reader: tuple[str, str]
) -> None:
    say = words_in(reader[1])
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/qr-codes")
    press(page, page.locator("main").get_by_role("link", name=say("Create QR Code")).first)
    tab_to(page, page.locator("#name"))
    page.keyboard.type(f"Flyer {reader[0]}")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/qr-codes/\d+$"))
    address = page.locator("#qr-code-address").input_value()
    code_page = page.url
    person = f"/channels/{COFFEE}/friends"
    user_id = str(demo.sandbox("POST", person, {"display_name": "あおい"})["user_id"])
    visit = demo.sandbox("POST", f"{person}/{user_id}/visits", {"address": address})
    # On the way LINE offers to add the account.
    demo.sandbox("POST", f"{person}/{user_id}/acts", {"act": "add"})
    # The page hands in who has it open, and leads on to LINE, which is not there.
    page.route("https://line.me/**", lambda route: route.fulfill(body="chat"))
    page.goto(str(visit["leads_to"]))
    expect(page).to_have_url(re.compile(r"^https://line\.me/R/ti/p/"))
    numbers = page.locator("[aria-labelledby=qr-numbers-title] dd")
    for _ in range(60):
        page.goto(code_page)
        if numbers.first.inner_text() != "0":
            break
        page.wait_for_timeout(500)
    expect(numbers.nth(0)).to_have_text("1")
    expect(numbers.nth(2)).to_have_text("1")
    press(page, numbers.nth(2).get_by_role("link"))
    expect(page.locator("#friends-list")).to_contain_text("あおい")

"""A rich menu is made, laid out and published in the browser, and tapped on the sandbox's phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.seeds import known
from tests.factories.media import picture
from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_segments import choose, tab_to
from tests.journeys.words import words_in

pytestmark = pytest.mark.journey
COFFEE = known.COFFEE.channel_id


def new_friend(demo: Installation) -> str:
    """A person who has just added the account; their user id."""
    people = f"/channels/{COFFEE}/friends"
    user_id = str(demo.sandbox("POST", people, {"display_name": "みなみ"})["user_id"])
    demo.sandbox("POST", f"{people}/{user_id}/acts", {"act": "add"})
    return user_id


def test_a_menu_is_edited_and_tapped(
    request: pytest.FixtureRequest, page: Page, demo: Installation, reader: tuple[str, str], tmp_path: Path
) -> None:
    # Of the image that is refused.
    request.node.expected_problems = ("422",)
    say = words_in(reader[1])
    image = tmp_path / "menu.png"
    image.write_bytes(picture(size=(2500, 843), color="teal"))
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/rich-menus/new")
    page.locator("#rich-menu-new-name").fill(f"Journey {reader[0]}")
    odd = tmp_path / "odd.png"
    odd.write_bytes(picture(size=(2500, 1000)))
    page.locator("#rich-menu-file").set_input_files(odd)
    page.get_by_role("button", name=say("Create Rich Menu")).click()
    expect(page.locator("#rich-menu-file-error")).not_to_be_empty()
    page.locator("#rich-menu-file").set_input_files(image)
    page.get_by_role("button", name=say("Create Rich Menu")).click()
    expect(page).to_have_url(re.compile(r"/rich-menus/\d+$"))

    # From here on with the keyboard alone.
    page.locator("#rich-menu-name").focus()
    choose(page, "#rich-menu-template", "columns_2")
    tab_to(page, page.locator("#use-template"))
    page.keyboard.press("Enter")
    expect(page.locator("#area-1")).to_be_visible()
    choose(page, "#area-0-kind", "message")
    tab_to(page, page.locator("#area-0-text"))
    page.keyboard.type("How are you?")
    choose(page, "#area-1-kind", "switch")
    tab_to(page, page.locator("#area-1-alias"))
    page.locator("#area-1-alias").select_option(label="ポイントカード")
    tab_to(page, page.locator("#publish-rich-menu"))
    page.keyboard.press("Enter")
    done = page.locator("#rich-menu-publication")
    expect(done).to_contain_text(say("Friends see it as it is stored."), timeout=30_000)
    done.get_by_role("button", name=say("Make default")).click()
    expect(page.locator("#rich-menus")).to_contain_text(say("Default"))

    page.goto(f"{demo.sandbox_url}/phone/{COFFEE}/{new_friend(demo)}")
    menu = page.locator("#rich-menu")
    before = menu.get_attribute("data-menu")
    menu.locator(".spot").first.click()
    expect(page.locator(".own .bubble").last).to_have_text("How are you?")
    menu.locator(".spot").nth(1).focus()
    page.keyboard.press("Enter")
    expect(menu).not_to_have_attribute("data-menu", before or "")
    expect(page.locator("#rich-menu-bar")).to_contain_text("ポイント")

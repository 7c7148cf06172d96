"""A rich menu is made, laid out and published in the browser, and tapped on the sandbox's phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from app.seeds import known
from tests.factories.media import picture
from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_segments import choose, tab_to
from tests.journeys.words import words_in

pytestmark = [pytest.mark.journey, ON_DESKTOP]
COFFEE = known.COFFEE.channel_id


def new_friend(demo: Installation) -> str:
    """A person who has just added the account; their user id."""
    people = f"/channels/{COFFEE}/friends"
    user_id = str(demo.sandbox("POST", people, {"display_name": "みなみ"})["user_id"])
    demo.sandbox("POST", f"{people}/{user_id}/acts", {"act": "add"})
    return user_id


def press(page: Page, control: Locator) -> None:
    """Come to a control with the keyboard and press it."""
    tab_to(page, control)
    page.keyboard.press("Enter")


def test_a_menu_is_made_published_and_tapped_with_the_keyboard_alone(
    request: pytest.FixtureRequest, page: Page, demo: Installation, reader: tuple[str, str], tmp_path: Path
) -> None:
    # Of the image that is refused.
    request.node.expected_problems = ("422",)
    say = words_in(reader[1])
    image = tmp_path / "menu.png"
    image.write_bytes(picture(size=(2500, 843), color="teal"))
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/rich-menus")
    press(page, page.locator("main").get_by_role("link", name=say("Create Rich Menu")))
    tab_to(page, page.locator("#rich-menu-new-name"))
    page.keyboard.type(f"Journey {reader[0]}")
    odd = tmp_path / "odd.png"
    odd.write_bytes(picture(size=(2500, 1000)))
    # The dialog in which a file is chosen is the browser's own.
    page.locator("#rich-menu-file").set_input_files(odd)
    create = page.locator("main").get_by_role("button", name=say("Create Rich Menu"))
    press(page, create)
    expect(page.locator("#rich-menu-file-error")).not_to_be_empty()
    page.locator("#rich-menu-file").set_input_files(image)
    press(page, create)
    expect(page).to_have_url(re.compile(r"/rich-menus/\d+$"))

    choose(page, "#rich-menu-template", "columns_2")
    press(page, page.locator("#use-template"))
    expect(page.locator("#area-1")).to_be_visible()
    press(page, page.locator("#add-area"))
    expect(page.locator("#area-2-x")).to_be_focused()
    third = page.locator("#rich-menu-picture-2")
    tab_to(page, third)
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("#area-2-x")).to_have_value("1")
    page.keyboard.press("Delete")
    expect(page.locator("#area-2")).to_have_count(0)
    choose(page, "#area-0-kind", "message")
    tab_to(page, page.locator("#area-0-text"))
    page.keyboard.type("How are you?")
    choose(page, "#area-1-kind", "switch")
    points = page.locator("#area-1-alias option", has_text="ポイントカード").get_attribute("value")
    choose(page, "#area-1-alias", str(points))
    press(page, page.locator("#publish-rich-menu"))
    done = page.locator("#rich-menu-publication")
    expect(done).to_contain_text(say("Friends see it as it is stored."), timeout=30_000)
    press(page, done.get_by_role("button", name=say("Make default")))
    expect(page.locator("#rich-menus")).to_contain_text(say("Default"))

    page.goto(f"{demo.sandbox_url}/phone/{COFFEE}/{new_friend(demo)}")
    menu = page.locator("#rich-menu")
    before = menu.get_attribute("data-menu")
    press(page, menu.locator(".spot").first)
    expect(page.locator(".own .bubble").last).to_have_text("How are you?")
    press(page, menu.locator(".spot").nth(1))
    expect(menu).not_to_have_attribute("data-menu", before or "")
    expect(page.locator("#rich-menu-bar")).to_contain_text("ポイント")

"""The keyboard alone: where the focus is after an answer, in a dialog, and beside the save bar."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import connect, open_channel, sign_in
from tests.journeys.words import words_in

pytestmark = pytest.mark.journey
FOCUSED = "document.activeElement"
# How many pixels of the focused control the save bar covers.
COVERED = f"""() => {{
  const bar = document.querySelector(".save-bar");
  if (bar.contains({FOCUSED})) return 0;
  const [control, above] = [{FOCUSED}.getBoundingClientRect(), bar.getBoundingClientRect()];
  return Math.round(Math.min(control.bottom, above.bottom) - Math.max(control.top, above.top));
}}"""


@pytest.fixture(params=[("desktop", "en")], ids="-".join)
def reader(request: pytest.FixtureRequest) -> tuple[str, str]:
    request.node.expected_problems = ("422",)
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def at(page: Page, demo: Installation) -> Any:
    """Open a page of the console as an administrator."""
    sign_in(page, demo)

    def go(path: str) -> Page:
        page.goto(f"{demo.url}{path}", wait_until="networkidle")
        return page

    return go


def press(control: Locator, key: str = "Enter") -> None:
    """Come to a control with the keyboard and press it."""
    control.focus()
    control.page.keyboard.press(key)


def expect_heading(page: Page, text: str) -> None:
    expect(page.locator("h1:focus, h2:focus, h3:focus")).to_have_text(text)


def test_an_import_is_started_and_cancelled_and_leaves_the_focus_at_its_section(page: Page, demo: Installation) -> None:
    say = words_in("en")
    sign_in(page, demo)
    connect(page, demo, say, *open_channel(demo, "Keyboard"))
    section = page.locator("#friend-import")
    press(section.get_by_role("button", name="Import", exact=True))
    expect(page.locator("#friend-import-tag")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Back", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Start Import")).to_be_focused()
    page.keyboard.press("Enter")
    expect(section.get_by_role("status")).to_have_text("Processing")
    expect_heading(page, "Import")
    press(section.get_by_role("button", name="Cancel", exact=True))
    expect(page.get_by_role("button", name="Keep importing")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(section.get_by_role("button", name="Import", exact=True)).to_be_visible()
    expect_heading(page, "Import")


def test_tags_are_put_on_and_taken_off(at: Any) -> None:
    page = at("/accounts/1/friends/2")
    field = page.locator("#new-tag")
    for name in ("Keyboard one", "Keyboard two"):
        field.fill(name)
        press(page.get_by_role("button", name="Add", exact=True))
        expect(page.locator("#friend-tags .tag-line")).to_contain_text(name)
        expect(field).to_be_focused()
    press(page.get_by_role("button", name="Remove the tag Keyboard one"))
    expect(page.get_by_role("button", name="Remove the tag Keyboard two")).to_be_focused()
    while page.locator(".tag-line .chip").count() > 1:
        count = page.locator(".tag-line .chip").count()
        press(page.locator(".tag-line .chip button").first)
        expect(page.locator(".tag-line .chip")).to_have_count(count - 1)
        expect(page.locator(".tag-line .chip button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()


def test_details_are_edited_refused_and_saved(at: Any) -> None:
    page = at("/accounts/1/friends/2")
    details = page.locator("#friend-attributes")
    press(details.get_by_role("link", name="Edit"))
    expect(details.locator("input:visible").first).to_be_focused()
    wrong = details.locator("[name=email]")
    wrong.fill("no address")
    press(details.get_by_role("button", name="Save"))
    expect(details.locator(".invalid-feedback")).to_be_visible()
    expect(wrong).to_be_focused()
    wrong.fill("right@example.com")
    page.keyboard.press("Enter")
    expect(details.get_by_role("link", name="Edit")).to_be_visible()
    expect_heading(page, "Details")


def test_the_next_page_of_a_list_is_read_from_its_beginning(at: Any) -> None:
    page = at("/accounts/1/friends")
    first = page.locator(".person-name").first.inner_text()
    press(page.get_by_role("link", name="Next"))
    expect(page.locator(".person-name").first).not_to_have_text(first)
    assert page.evaluate(f"document.querySelector('#friends-list').contains({FOCUSED})")
    page.keyboard.press("Tab")
    assert page.evaluate(f"document.querySelector('#friends-list').contains({FOCUSED})")


@pytest.mark.parametrize(
    ("path", "button", "field"),
    [
        ("/accounts/1/segments/new", "Save Segment", "[name=name]"),
        ("/members/new", "Send the invitation", "[name=email]"),
        ("/accounts/1/attributes", "Create", "[name=label]"),
        ("/profile", "Change the password", "[name=present]"),
        ("/accounts/new", "Connect", "[name=channel_id]"),
    ],
)
def test_a_refused_form_has_its_first_wrong_field(at: Any, path: str, button: str, field: str) -> None:
    page = at(path)
    # Browsers check some things by themselves.
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    pressed = page.locator("main").get_by_role("button", name=button)
    pressed.first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"{field}.is-invalid")).to_be_focused()


def test_a_new_property_has_the_focus(at: Any) -> None:
    page = at("/accounts/1/segments/new")
    press(page.locator("#add-condition-0"))
    expect(page.locator("#property-0-1")).to_be_focused()


@pytest.mark.parametrize(
    "path", ["/accounts/1/settings", "/accounts/1/segments/1", "/accounts/1/attributes", "/members"]
)
def test_dialogs_have_the_focus_at_their_first_real_control(at: Any, path: str) -> None:
    page = at(path)
    openers = page.locator('main button[command="show-modal"]:visible')
    for at_ in range(openers.count()):
        press(openers.nth(at_))
        assert page.evaluate(f"{FOCUSED}.closest('dialog').open && !{FOCUSED}.matches('.btn-close')")
        page.keyboard.press("Escape")
        expect(openers.nth(at_)).to_be_focused()


def test_stickers_emoji_and_personal_values_are_put_in(at: Any) -> None:
    page = at("/accounts/1/auto-messages/new")
    for kind, field in (("sticker", "sticker_id"), ("text", "text")):
        press(page.locator(f"[value='add:messages:{kind}']"))
        expect(page.locator(f"[name$='.{field}']").last).to_be_visible()
    words, sticker = page.locator("textarea[name$='.text']").last, page.locator("[name$='.sticker_id']").last
    words.fill("Hi !")
    press(words, "ArrowLeft")
    press(page.locator("[data-picker-kinds=all]").last)
    for key in ("Tab", "Tab", "Tab", "ArrowRight", "Enter", "Tab", "End", "Enter"):
        page.keyboard.press(key)
    expect(words).to_be_focused()
    expect(words).to_have_value("Hi {{emoji:5ac1bfd5040ab15980c9b435/250}}!")
    press(page.locator(".composer-message").filter(has=words).locator("[commandfor=value-picker]"))
    page.keyboard.type("first")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("you")
    expect(words).to_have_value("Hi {{emoji:5ac1bfd5040ab15980c9b435/250}}{{first_name|you}}!")
    press(page.locator("[data-picker-sticker]").last)
    page.keyboard.type("bt21")
    for key in ("Tab", "Tab", "End", "Enter"):
        page.keyboard.press(key)
    expect(sticker).to_have_value("52114149")
    expect(page.locator(".phone")).to_contain_text("Hi")
    expect(page.locator("#composer-shown")).not_to_contain_text("list")
    press(page.locator("[value=discard]"))
    expect(sticker).to_have_count(0)


@pytest.mark.parametrize("path", ["/accounts/1/segments/1/edit", "/workspace", "/profile"])
def test_the_save_bar_covers_no_field_that_has_the_focus(at: Any, path: str) -> None:
    page = at(path)
    page.set_viewport_size({"width": 390, "height": 500})
    # Without it the browser is still on its way while this looks.
    page.emulate_media(reduced_motion="reduce")
    page.locator("main form [name=name]").first.focus()
    page.keyboard.type("x")
    expect(page.locator(".save-bar.is-needed").first).to_be_visible()
    for _step in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate(COVERED) <= 0, page.evaluate(f"{FOCUSED}.outerHTML")


@pytest.mark.parametrize("reader", [("phone", "ja")], indirect=True, ids="-".join)
def test_escape_closes_the_side_menu_of_a_phone(page: Page, demo: Installation) -> None:
    sign_in(page, demo)
    page.goto(demo.url)
    button, menu = page.locator(".navbar-toggler"), page.locator("#side-menu")
    press(button)
    expect(menu).to_be_visible()
    # Help, and what stands first in the menu.
    for _step in range(3):
        page.keyboard.press("Tab")
    expect(menu.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")

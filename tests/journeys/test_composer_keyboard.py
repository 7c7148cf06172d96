"""The composer by the keyboard alone: its lists, pickers, gallery and JSON editor, and where the focus goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_keyboard import press
from tests.journeys.words import Words

pytestmark = [pytest.mark.journey, ON_DESKTOP]


@pytest.fixture
def composer(page: Page, demo: Installation) -> Iterator[Page]:
    """An empty composer; its draft is discarded at the end."""
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/auto-messages/new", wait_until="networkidle")
    yield page
    press(page.locator("#do-discard"))
    expect(page.locator(".composer-message")).to_have_count(0)


def by_id(page: Page, name: str) -> Locator:
    return page.locator(f"[id='{name}']")


def texts(page: Page) -> list[str]:
    """Return the texts of the messages, in their order."""
    return [one.input_value() for one in page.locator(".composer-message textarea[name$='.text']").all()]


def test_messages_are_added_moved_copied_and_deleted(composer: Page) -> None:
    page = composer
    for number, words in enumerate(("One", "Two")):
        press(page.locator("#add-text"))
        expect(by_id(page, f"f-messages.{number}.text")).to_be_focused()
        page.keyboard.type(words)
    press(by_id(page, "do-up-messages.1"))
    expect(by_id(page, "do-down-messages.0")).to_be_focused()
    assert texts(page) == ["Two", "One"]
    page.keyboard.press("Enter")
    expect(by_id(page, "do-up-messages.1")).to_be_focused()
    press(by_id(page, "do-copy-messages.0"))
    expect(page.locator(".composer-message")).to_have_count(3)
    expect(by_id(page, "item-messages.1").locator(":focus")).to_have_count(1)
    assert texts(page) == ["One", "One", "Two"]
    press(by_id(page, "do-remove-messages.2"))
    expect(page.locator(".composer-message")).to_have_count(2)
    expect(by_id(page, "item-messages.1").locator(":focus")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.locator(".composer-message")).to_have_count(3)
    expect(page.locator("#composer-shown [data-composer-target=problems] li")).to_have_count(0)


def test_quick_replies_and_buttons_choose_what_they_do(composer: Page) -> None:
    page = composer
    press(page.locator("#add-text"))
    expect(by_id(page, "f-messages.0.text")).to_be_focused()
    page.keyboard.type("Where?")
    for number in range(2):
        press(page.locator("#add-quick-reply"))
        expect(by_id(page, f"kind-quick_replies.{number}.action")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(by_id(page, "f-quick_replies.1.action.data")).to_be_visible()
    expect(by_id(page, "kind-quick_replies.1.action")).to_be_focused()
    press(by_id(page, "do-up-quick_replies.1"))
    expect(by_id(page, "do-down-quick_replies.0")).to_be_focused()
    press(by_id(page, "do-remove-quick_replies.0"))
    expect(page.locator(".composer-item[id^='item-quick_replies']")).to_have_count(1)
    expect(by_id(page, "item-quick_replies.0").locator(":focus")).to_have_count(1)


def test_json_begins_with_an_example_gets_a_value_and_leads_to_what_is_wrong(composer: Page, say: Words) -> None:
    page = composer
    press(page.locator("#add-flex"))
    expect(by_id(page, "f-messages.0.alt_text")).to_be_focused()
    code = by_id(page, "f-messages.0.contents")
    press(by_id(page, "gallery-of-messages.0.contents"))
    expect(page.locator("#composer-gallery button").first).to_be_visible()
    press(page.locator("#composer-gallery button").first)
    expect(code).to_be_focused()
    assert code.evaluate("(one) => [one.selectionStart, one.scrollTop]") == [0, 0]
    press(page.locator("[data-picker-field='f-messages.0.contents'][commandfor=value-picker]"))
    page.keyboard.type(say("Last name"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(code).to_be_focused()
    page.keyboard.type("you")
    expect(code).to_have_value(re.compile(re.escape("{{last_name|you}}")))
    expect(by_id(page, "lines-messages.0.contents").locator("button")).to_have_count(0)
    page.keyboard.press("Control+Home")
    page.keyboard.type("x")
    wrong = by_id(page, "lines-messages.0.contents").locator("button")
    expect(wrong).to_have_count(1)
    press(wrong)
    expect(code).to_be_focused()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Delete")
    expect(wrong).to_have_count(0)

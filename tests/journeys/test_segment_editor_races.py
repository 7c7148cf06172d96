"""What the editor of a segment does when someone is quicker than the server, or when its answer does not come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP
from tests.journeys.segment_pages import open_preview
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words

pytestmark = [pytest.mark.journey, ON_DESKTOP]

CONDITIONS = re.compile(r"/segments/conditions$")
PREVIEW = re.compile(r"/segments/preview$")
SAVING = re.compile(r"/segments$")


@pytest.fixture
def editor(page: Page, demo: Installation) -> Page:
    """A new segment."""
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments/new")
    page.locator("[name=name]").fill(f"Quick {page.viewport_size['width']}")  # type: ignore[index]
    return page


@contextmanager
def waiting(page: Page, address: re.Pattern[str]) -> Iterator[None]:
    """Answers from an address wait until the end of the block."""
    held: list[Route] = []
    is_over = False

    def answer(route: Route) -> None:
        route.continue_() if is_over else held.append(route)

    page.route(address, answer)
    yield
    is_over = True
    for route in held:
        route.continue_()


def choose_company(page: Page, place: str, company: str) -> None:
    page.locator(f"#property-{place}").select_option("company")
    page.locator(f"#value-{place}").fill(company)


def test_buttons_pressed_in_quick_succession_all_count(editor: Page) -> None:
    with waiting(editor, CONDITIONS):
        for button in ("#add-group", "#add-condition-0", "#add-condition-0"):
            editor.locator(button).click()
    expect(editor.locator(".segment-group")).to_have_count(2)
    expect(editor.locator("#group-0 .segment-condition")).to_have_count(3)
    # Twice on the button that takes one away does not take its neighbour, too.
    editor.locator("#do-remove-condition-0-1").dblclick()
    expect(editor.locator("#group-0 .segment-condition")).to_have_count(2)
    editor.wait_for_load_state("networkidle")
    expect(editor.locator("#group-0 .segment-condition")).to_have_count(2)


def test_the_keyboard_stays_with_what_it_moves(editor: Page) -> None:
    for number in range(1, 3):
        editor.locator("#add-condition-0").click()
        expect(editor.locator(f"#property-0-{number}")).to_be_visible()
    editor.locator("#property-0-2").select_option("company")
    expect(editor.locator("#operator-0-2")).to_be_visible()
    editor.locator("#do-condition-up-0-2").focus()
    editor.keyboard.press("Enter")
    expect(editor.locator("#do-condition-up-0-1")).to_be_focused()
    editor.keyboard.press("Enter")
    # At the top there is only the way down.
    expect(editor.locator("#do-condition-down-0-0")).to_be_focused()
    expect(editor.locator("#property-0-0")).to_have_value("company")


def test_saving_waits_for_what_was_taken_away_before(editor: Page) -> None:
    choose_company(editor, "0-0", "Nowhere")
    editor.locator("#add-group").click()
    choose_company(editor, "1-0", "Acme")
    with waiting(editor, CONDITIONS):
        editor.locator("#do-remove-group-0").click()
        editor.locator(".save-bar [type=submit]").click()
    expect(editor).to_have_url(re.compile(r"/segments/\d+/edit$"))
    expect(editor.locator(".segment-group")).to_have_count(1)
    expect(editor.locator("#value-0-0")).to_have_value("Acme")


def test_no_one_is_asked_whether_to_leave_when_the_preview_answers_while_it_is_saved(editor: Page) -> None:
    asked: list[str] = []
    editor.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    choose_company(editor, "0-0", "Acm")
    with waiting(editor, SAVING):
        editor.locator("#value-0-0").press_sequentially("e")
        with editor.expect_response(PREVIEW):
            editor.locator(".save-bar [type=submit]").click()
        expect(editor.locator("#segment-preview-body")).to_contain_text("Acme")
    expect(editor).to_have_url(re.compile(r"/segments/\d+/edit$"))
    assert asked == []


def test_a_preview_that_is_late_or_fails_is_marked_as_old(
    editor: Page, say: Words, request: pytest.FixtureRequest
) -> None:
    request.node.expected_problems = ["Failed to load resource", "htmx:error"]
    state = editor.locator("#segment-preview .card-header").first
    choose_company(editor, "0-0", "Acme")
    open_preview(editor)
    expect(state).to_contain_text(say("Up to date"), use_inner_text=True)
    with waiting(editor, PREVIEW):
        editor.locator("#value-0-0").fill("Else")
        expect(state).to_contain_text(say("Not up to date"), use_inner_text=True)
    expect(state).to_contain_text(say("Up to date"), use_inner_text=True)
    expect(editor.locator("#segment-preview-body")).to_contain_text("Else")

    editor.route(PREVIEW, lambda route: route.abort())
    editor.locator("#value-0-0").fill("Nowhere")
    expect(state).to_contain_text(say("Not up to date"), use_inner_text=True)
    expect(editor.locator("#segment-preview-body")).to_contain_text("Else")


def test_what_someone_deletes_in_the_meantime_can_be_saved_as_a_new_segment(
    editor: Page, say: Words, request: pytest.FixtureRequest
) -> None:
    request.node.expected_problems = ["409"]
    choose_company(editor, "0-0", "Acme")
    editor.locator(".save-bar [type=submit]").click()
    expect(editor).to_have_url(re.compile(r"/segments/\d+/edit$"))
    old = editor.url
    other = editor.context.new_page()
    other.goto(old.replace("/edit", "/removal"))
    other.locator("#segment-removal [type=submit]").click()
    expect(other).to_have_url(SAVING)
    other.close()

    editor.locator("#value-0-0").fill("Acme & Sons")
    editor.locator(".save-bar [type=submit]").click()
    notice = editor.locator("#segment-deleted")
    expect(notice).to_contain_text(say("Save as a new segment"))
    # On a phone the button that saves is far below.
    expect(notice).to_be_in_viewport()
    expect(editor.locator("#value-0-0")).to_have_value("Acme & Sons")
    expect(editor.locator("#segment-numbers")).to_have_count(0)
    notice.locator("[type=submit]").click()
    expect(editor).not_to_have_url(old)
    expect(editor).to_have_url(re.compile(r"/segments/\d+/edit$"))
    expect(editor.locator("#value-0-0")).to_have_value("Acme & Sons")

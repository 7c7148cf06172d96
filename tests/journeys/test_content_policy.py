"""No swap breaks the content policy: the console of the browser, which the fixture reads, stays quiet.

So it does on all the pages that test_targets.py opens.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.segment_pages import open_preview
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import words_in

pytestmark = pytest.mark.journey

# As a browser does that lets its reader pull a field wider.
WIDEN = "for (const field of document.querySelectorAll('main input, main select')) field.style.width = '12rem'"


def widen(page: Page) -> None:
    """Pull all fields wider, once nothing is on its way to the page."""
    page.wait_for_load_state("networkidle")
    page.evaluate(WIDEN)


def test_swapped_fields_keep_the_content_policy(
    demo: Installation, page: Page, reader: tuple[str, str], request: pytest.FixtureRequest
) -> None:
    # The browser says of a refused form that it was refused.
    request.node.expected_problems = ("422",)
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments/1/edit")
    open_preview(page)
    expect(page.locator("#segment-preview-body .segment-friend").first).to_be_visible()
    page.keyboard.press("Escape")
    widen(page)
    page.locator("#add-group").click()
    expect(page.locator("#property-1-0")).to_be_visible()
    widen(page)
    page.locator("#property-1-0").select_option("line.followed_at")
    expect(page.locator("#operator-1-0")).to_be_visible()

    page.goto(f"{demo.url}/accounts/1/friends/3")
    page.locator("#friend-attributes .card-actions").click()
    widen(page)
    page.locator("#friend-attributes input[name=email]").fill("no address")
    page.locator("#friend-attributes button[type=submit]").first.click()
    expect(page.locator("#friend-attributes .invalid-feedback")).to_be_visible()


LENGTHEN = """() => [...document.querySelectorAll("main bdi")]
  .forEach((name) => { name.textContent = "W".repeat(120); })"""
SQUEEZED = """() => [...document.querySelectorAll("main .avatar")].map((one) => one.getBoundingClientRect())
  .filter(({ width, height }) => width && Math.abs(width - height) > 1).length"""


def test_long_names_squeeze_no_picture(demo: Installation, page: Page, reader: tuple[str, str]) -> None:
    sign_in(page, demo)
    for path in (
        "/",
        "/accounts",
        "/accounts/1/friends",
        "/accounts/1/friends/3",
        "/accounts/1/segments/1",
        "/members",
    ):
        page.goto(demo.url + path)
        expect(page.locator("main .avatar").first).to_be_attached()
        page.evaluate(LENGTHEN)
        assert page.evaluate(SQUEEZED) == 0, path


def test_a_preview_that_never_was_is_not_old(demo: Installation, page: Page, reader: tuple[str, str]) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments/new")
    with page.expect_response(lambda answer: answer.url.endswith("/preview")):
        page.locator("#property-0-0").select_option("tag")
    expect(page.locator("#operator-0-0")).to_be_visible()
    expect(page.get_by_text(words_in(reader[1])("Not up to date")).locator("visible=true")).to_have_count(0)


def test_the_number_of_friends_stays_in_sight_on_a_phone(
    demo: Installation, page: Page, reader: tuple[str, str]
) -> None:
    width, language = reader
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments/1/edit")
    bar = page.locator("#segment-preview-bar")
    if width == "desktop":
        expect(page.locator("#segment-preview-body .segment-friend").first).to_be_visible()
        expect(bar).to_be_hidden()
        return
    expect(bar).to_be_visible()
    page.locator("#add-group").scroll_into_view_if_needed()
    expect(bar).to_be_in_viewport()
    bar.click()
    expect(page.locator("#segment-preview-body .segment-friend").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#segment-preview")).to_be_hidden()
    expect(bar).to_be_focused()
    before = bar.locator("strong").inner_text()
    page.locator("#property-0-0").select_option("line.display_name")
    page.locator("#operator-0-0").select_option("contains")
    expect(bar).to_contain_text(words_in(language)("Not everything counted"))
    page.locator("#value-0-0").fill("a name that no friend has")
    expect(bar.locator("strong")).not_to_have_text(before)
    expect(bar).to_be_in_viewport()

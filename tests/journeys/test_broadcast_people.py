"""From a number of a broadcast's results to its people: searched, tagged, taken out as a file, saved as a segment."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words, words_in

pytestmark = pytest.mark.journey


def test_a_number_opens_its_people(page: Page, demo: Installation, reader: tuple[str, str]) -> None:
    say = words_in(reader[1])
    sign_in(page, demo)
    clicked = open_number(page, demo)
    people = int(clicked.inner_text())
    clicked.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=say("Clicked"))).to_be_visible()
    rows = page.locator("#friends-list tbody tr")
    expect(rows).to_have_count(people)
    expect(page.locator("#friends-total")).to_have_attribute("data-total", str(people))

    name = rows.last.locator(".person-name bdi").first.inner_text()
    page.get_by_role("searchbox").fill(name)
    expect(rows).not_to_have_count(people)
    expect(rows.first).to_contain_text(name)
    page.get_by_role("searchbox").fill("zzzzzz")
    expect(page.locator("#friends-list")).to_contain_text(say("None of these people fits this search."))
    page.get_by_role("link", name=say("Show all of them")).click()
    expect(rows).to_have_count(people)

    put_tag_on_all(page, say, people, 0 if reader[1] == "en" else 1)
    with page.expect_download() as download:
        page.get_by_role("link", name=say("Export as CSV")).click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == people + 1 and say("First clicked") in lines[0]
    save_as_segment(page, say, f"Tapped {reader[0]} {reader[1]}", people)


def open_number(page: Page, demo: Installation) -> Locator:
    """Open the broadcast that was sent, and return the number of people who clicked."""
    page.goto(f"{demo.url}/accounts/1/broadcasts?state=sent&sort=planned_up")
    page.locator("#broadcasts-list tbody a").first.click()
    return page.locator("#broadcast-results dd a[href*='/people/clicked']").first


def put_tag_on_all(page: Page, say: Words, people: int, number: int) -> None:
    """Put the tag of this number on all of them, and see how many have it now."""
    page.get_by_role("button", name=say("Add tags to all")).click()
    dialog = page.locator("#bulk-dialog")
    dialog.locator("input[name=chosen]").nth(number).check()
    dialog.locator("button[type=submit]").click()
    expect(dialog).not_to_be_visible()
    expect(page.locator("#toasts")).to_contain_text(str(people))
    expect(page.locator("#friends-list [data-selection-target=row]:checked")).to_have_count(0)


def save_as_segment(page: Page, say: Words, name: str, people: int) -> None:
    """Save them, and see as many in the segment and in the preview of its editor."""
    page.get_by_role("link", name=say("Save as Segment")).click()
    field = page.get_by_label(say("Name"))
    field.fill("")
    page.get_by_role("button", name=say("Save as Segment")).click()
    expect(field).to_be_focused()
    field.fill(name)
    field.press("Enter")
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    expect(page.locator("#segment-members tbody tr")).to_have_count(people)
    page.get_by_role("link", name=say("Edit"), exact=True).first.click()
    expect(page.locator("#segment-preview")).to_contain_text(str(people))

"""When a broadcast is sent: typed times, the calendar, cancelling, copies and drafts that go away."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.broadcast_pages import compose, confirm, review, shows
from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words

pytestmark = pytest.mark.journey
BROADCASTS = "/accounts/1/broadcasts"
NEW_YORK = "America/New_York"


def sunday(year: int, month: int, number: int) -> str:
    """Return the date of a month's Sunday of this number, on which clocks of New York are set."""
    first = datetime(year, month, 1, tzinfo=ZoneInfo(NEW_YORK))
    return f"{first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (number - 1)):%Y-%m-%d}"


def choose_time(page: Page, moment: str, zone: str = NEW_YORK) -> None:
    page.locator("#starts-later").check()
    page.locator("[name=scheduled_at]").fill(moment)
    page.locator("[name=time_zone]").fill(zone)


def save(page: Page) -> None:
    """Press *Save* at the top of the page."""
    page.locator(".page-header [form=broadcast-form]:not([name])").click()


def assert_refused(page: Page, field: str, words: str) -> None:
    """Save, and expect a complaint at this field, to which the focus has come."""
    save(page)
    expect(page.locator(f"#{field}-error")).to_contain_text(words)
    expect(page.locator(f"[name={field}]")).to_be_focused()


def test_a_time_is_typed_looked_up_and_cancelled(
    request: pytest.FixtureRequest, page: Page, demo: Installation, reader: tuple[str, str], say: Words
) -> None:
    # Of the times that are refused.
    request.node.expected_problems = ("422",)
    name, year = f"Sale {reader[0]}", datetime.now(ZoneInfo(NEW_YORK)).year + 1
    sign_in(page, demo)
    page.goto(f"{demo.url}{BROADCASTS}/new")
    compose(page, name, "こんにちは")
    choose_time(page, "2020-01-01T10:00")
    assert_refused(page, "scheduled_at", say("This time has passed. Choose a later one."))
    choose_time(page, f"{sunday(year, 3, 2)}T02:30")
    assert_refused(page, "scheduled_at", "03:30")
    doubled = f"{sunday(year, 11, 1)}T01:30"
    choose_time(page, doubled)
    assert_refused(page, "turn", say("Clocks are set back then, so this time comes twice. Choose which one is meant."))
    page.locator("[name=turn]").select_option("second")
    save(page)
    expect(page).to_have_url(re.compile(r"/broadcasts/\d+/edit$"))
    # Saved once more as it stands, nothing moves.
    page.locator("[name=name]").fill(f"{name} 2")
    save(page)
    expect(page.locator("h1.page-title")).to_have_text(f"{name} 2")
    for field, value in (("scheduled_at", doubled), ("time_zone", NEW_YORK), ("turn", "second")):
        expect(page.locator(f"[name={field}]")).to_have_value(value)

    shown = review(page)
    expect(shown.locator("#broadcast-when")).to_contain_text(f"({NEW_YORK}, UTC-5)")
    state = confirm(page)
    shows(state, say, "Scheduled")
    expect(state).to_contain_text(NEW_YORK)
    look_it_up(page, demo, f"{name} 2", say, f"{year}-11")
    page.locator("#cancel-broadcast").click()
    expect(page).to_have_url(re.compile(r"/broadcasts/\d+/review$"))
    page.goto(page.url.replace("/review", "/edit"))
    expect(page.locator("[name=scheduled_at]")).to_have_value(doubled)


def look_it_up(page: Page, demo: Installation, name: str, say: Words, month: str) -> None:
    """Find it in the list and in the calendar, and come back by the calendar's entry."""
    page.goto(f"{demo.url}{BROADCASTS}")
    page.locator("[name=search]").fill(name)
    expect(page.locator("#broadcasts-list tbody tr")).to_have_count(1)
    page.locator("[name=state]").select_option("scheduled")
    expect(page.locator("#broadcasts-list tbody tr")).to_contain_text(say("Scheduled"))
    page.locator("[name=state]").select_option("sent")
    expect(page.locator("#broadcasts-list")).to_contain_text(say("No broadcast fits"))
    page.get_by_role("link", name=say("Calendar")).click()
    for step in ("month-after", "month-now"):
        page.locator(f"#{step}").click()
        expect(page.locator(f"#{step}")).to_be_focused()
    page.goto(f"{demo.url}{BROADCASTS}/calendar?month={month}")
    page.locator(".broadcast-entry").filter(has_text=name).click()
    expect(page).to_have_url(re.compile(r"/broadcasts/\d+$"))


def test_a_copy_is_a_draft_that_can_be_deleted(
    page: Page, demo: Installation, reader: tuple[str, str], say: Words
) -> None:
    name = f"Twin {reader[0]}"
    sign_in(page, demo)
    page.goto(f"{demo.url}{BROADCASTS}/new")
    compose(page, name, "こんにちは")
    save(page)
    expect(page).to_have_url(re.compile(r"/broadcasts/\d+/edit$"))
    page.goto(f"{demo.url}{BROADCASTS}?search={name}")
    rows = page.locator("#broadcasts-list tbody tr")
    more = say("More about %(name)s", name=name)
    page.get_by_role("button", name=more).click()
    page.locator(".dropdown-menu.show").get_by_role("button", name=say("Duplicate")).click()
    expect(page).to_have_url(re.compile(r"/broadcasts/\d+/edit$"))
    expect(page.locator("[id='f-messages.0.text']")).to_have_value("こんにちは")
    expect(page.locator("#starts-now")).to_be_checked()
    copy = page.locator("[name=name]").input_value()
    assert copy.startswith(name) and copy != name

    page.goto(f"{demo.url}{BROADCASTS}?search={name}")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name=say("More about %(name)s", name=copy)).click()
    page.locator(".dropdown-menu.show").get_by_role("button", name=say("Delete")).click()
    page.locator("#broadcast-removal").get_by_role("button", name=say("Delete")).click()
    expect(rows).to_have_count(1)
    expect(rows.locator(".segment-name")).to_contain_text(name)

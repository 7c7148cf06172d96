"""The editor of a broadcast when its member is quicker than the server, or has it open twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP
from tests.journeys.test_first_day import sign_in

pytestmark = [pytest.mark.journey, ON_DESKTOP]
NEW = "/accounts/1/broadcasts/new"
EDITOR = re.compile(r"/broadcasts/[0-9]+/edit$")


@contextmanager
def waiting(page: Page, address: str) -> Iterator[list[Route]]:
    """Answers from an address wait until the end of the block."""
    held: list[Route] = []
    is_over = False
    page.route(re.compile(address), lambda route: route.continue_() if is_over else held.append(route))
    yield held
    is_over = True
    for route in held:
        route.continue_()


def open_new(page: Page, demo: Installation) -> None:
    """Open the editor of a new broadcast."""
    sign_in(page, demo)
    page.goto(f"{demo.url}{NEW}")


def save(page: Page) -> None:
    """Press *Save* at the top of the page."""
    page.locator(".page-header [form=broadcast-form]:not([name])").click()


def test_saving_waits_behind_what_was_pressed_before(
    request: pytest.FixtureRequest, page: Page, demo: Installation, reader: tuple[str, str]
) -> None:
    # Of the name that is missing.
    request.node.expected_problems = ("422",)
    open_new(page, demo)
    with waiting(page, r"/broadcasts$"):
        save(page)
        page.locator("#add-text").click()
    expect(page.locator("#name-error")).to_be_visible()
    expect(page.locator(".composer-message")).to_have_count(1)
    page.locator("[name=name]").fill(f"Quick {reader[0]}")
    with waiting(page, r"/composer/[0-9]+$"):
        page.locator("#add-text").click()
        page.locator("#add-text").click()
        save(page)
        save(page)
    expect(page).to_have_url(EDITOR)
    expect(page.locator(".composer-message")).to_have_count(3)


def test_what_is_wrong_in_a_hidden_field_does_not_keep_from_saving(
    page: Page, demo: Installation, reader: tuple[str, str]
) -> None:
    open_new(page, demo)
    page.locator("[name=name]").fill(f"Hidden {reader[0]}")
    page.locator("#starts-later").check()
    page.locator("#late_policy-skip").check()
    page.locator("[name=late_hours]").fill("999")
    page.locator("#late_policy-ask").check()
    page.locator("[name=scheduled_at]").press_sequentially("0229")
    page.locator("#starts-now").check()
    save(page)
    expect(page).to_have_url(EDITOR)


def test_a_second_window_goes_on_after_the_first_has_saved(
    request: pytest.FixtureRequest, page: Page, demo: Installation, reader: tuple[str, str]
) -> None:
    # Of the second window, whose broadcast was saved by the first.
    request.node.expected_problems = ("409",)
    open_new(page, demo)
    first = page.context.new_page()
    first.goto(page.url)
    first.locator("[name=name]").fill(f"First {reader[0]}")
    save(first)
    expect(first).to_have_url(EDITOR)
    first.close()
    page.locator("[name=name]").fill(f"Second {reader[0]}")
    page.locator("#add-text").click()
    page.locator("[id='f-messages.0.text']").fill("こんにちは")
    save(page)
    expect(page.locator("#broadcast-conflict")).to_be_visible()
    expect(page.locator("[id='f-messages.0.text']")).to_have_value("こんにちは")
    page.locator("#broadcast-conflict [name=over]").click()
    expect(page).to_have_url(EDITOR)
    expect(page.locator("[name=name]")).to_have_value(f"Second {reader[0]}")
    expect(page.locator("[id='f-messages.0.text']")).to_have_value("こんにちは")


def test_windows_that_begin_new_ones_leave_each_other_alone(
    page: Page, demo: Installation, reader: tuple[str, str]
) -> None:
    name = f"Left {reader[0]} {reader[1]}"
    open_new(page, demo)
    left = page.url
    page.locator("[name=name]").fill(name)
    page.locator("#add-text").click()
    page.locator("[id='f-messages.0.text']").fill("こんにちは")
    second = page.context.new_page()
    second.goto(f"{demo.url}{NEW}?segment_id=1")
    expect(second.locator("#audience-segment")).to_be_checked()
    expect(second.locator("[name=name]")).to_have_value("")
    expect(second.locator(".composer-message")).to_have_count(0)
    second.locator("#offered-drafts a", has_text=name).press("Enter")
    expect(second).to_have_url(left)
    expect(second.locator("[name=name]")).to_have_value(name)
    expect(second.locator("#left-unsaved")).to_be_visible()
    second.close()
    save(page)
    expect(page).to_have_url(EDITOR)
    expect(page.locator("[id='f-messages.0.text']")).to_have_value("こんにちは")

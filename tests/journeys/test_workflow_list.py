"""Workflows are made, started, paused, copied, archived and deleted from their list, with the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_rich_menus import press
from tests.journeys.test_segments import tab_to
from tests.journeys.words import words_in
from tests.journeys.workflow_pages import fill_in

pytestmark = [pytest.mark.journey, ON_DESKTOP]


def row(page: Page, name: str) -> Locator:
    """Return the line of a workflow."""
    return page.locator("#workflows-list tbody tr").filter(has=page.get_by_role("link", name=name, exact=True))


def test_a_workflow_lives_with_the_keyboard_alone(page: Page, demo: Installation, reader: tuple[str, str]) -> None:
    say, name = words_in(reader[1]), f"Life {reader[0]}"
    sign_in(page, demo)
    page.goto(f"{demo.url}/workflows")
    press(page, page.locator(".page-header").get_by_role("button", name=say("Create Workflow")))
    tab_to(page, page.locator("#new-workflow-name"))
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/workflows/\d+$"))
    address = page.url

    page.goto(f"{demo.url}/workflows")
    start = row(page, name).locator("[id^=start-workflow-]")
    press(page, start)
    dialog = page.locator("#workflow-start-dialog")
    expect(dialog).to_contain_text(say("“%(name)s” cannot be started yet. Fix this first:", name=name))
    expect(dialog.get_by_role("link").first).to_have_attribute("href", re.compile("#node-start$"))
    page.keyboard.press("Escape")
    expect(start).to_be_focused()

    fill_in(page, address)
    page.goto(f"{demo.url}/workflows")
    press(page, row(page, name).locator("[id^=start-workflow-]"))
    words = "Version %(number)s of “%(name)s” responds to its triggers from now on."
    expect(dialog).to_contain_text(say(words, number=2, name=name))
    press(page, dialog.get_by_role("button", name=say("Start"), exact=True))
    expect(row(page, name)).to_contain_text(say("Active"))
    press(page, row(page, name).locator("[id^=pause-workflow-]"))
    press(page, page.locator("#workflow-pause-dialog").get_by_role("button", name=say("Pause"), exact=True))
    expect(row(page, name)).to_contain_text(say("Inactive"))

    choose(page, name, say("Duplicate"))
    copy = f"{name}{say(' (copy)')}"
    expect(row(page, copy)).to_contain_text(say("Draft"))
    choose(page, copy, say("Archive"))
    press(page, page.locator("#workflow-archive-dialog").get_by_role("button", name=say("Archive"), exact=True))
    expect(row(page, copy)).to_have_count(0)
    page.goto(f"{demo.url}/workflows?status=archived")
    choose(page, copy, say("Delete"))
    press(page, page.locator("#workflow-removal-dialog").get_by_role("button", name=say("Delete"), exact=True))
    expect(row(page, copy)).to_have_count(0)


def choose(page: Page, name: str, item: str) -> None:
    """Open the menu of a line, and choose from it."""
    menu = row(page, name).locator(".dropdown")
    press(page, menu.locator("button").first)
    press(page, menu.get_by_role("button", name=item, exact=True))

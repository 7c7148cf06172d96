"""Replay in a browser: a workflow that was never started is run over what has just happened, by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_workflow_notice import PEOPLE
from tests.journeys.words import words_in
from tests.journeys.workflow_pages import fill_in, post

pytestmark = [pytest.mark.journey, ON_DESKTOP]


def test_a_draft_is_replayed_over_events_of_today(page: Page, demo: Installation, reader: tuple[str, str]) -> None:
    say, name = words_in(reader[1]), f"Replayed {reader[0]}"
    sign_in(page, demo)
    user_id = str(demo.sandbox("POST", PEOPLE, {"display_name": name})["user_id"])
    demo.sandbox("POST", f"{PEOPLE}/{user_id}/acts", {"act": "add", "wait": 5})
    page.goto(f"{demo.url}/workflows")
    fill_in(page, post(page, f"{demo.url}/workflows", name=name))
    page.locator("[data-menu-target=button]").last.press("Enter")
    page.get_by_role("link", name=say("Replay past events")).press("Enter")
    expect(page).to_have_url(re.compile(r"/workflows/\d+/replays$"))
    page.locator("#replay-last").press("Enter")
    expect(page).to_have_url(re.compile(r"/replays/\d+$"))
    expect(page.locator("#replay:not([hx-get])")).to_be_visible(timeout=60_000)
    row = page.locator("tr", has=page.get_by_role("rowheader", name=say("Runs started"), exact=True))
    expect(row.locator("td")).to_have_text(re.compile(r"[1-9]"))
    expect(page.get_by_role("heading", name=say("Steps"))).to_be_visible()

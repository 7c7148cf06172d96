"""Broadcasts are chosen in the list, compared side by side and exported, with the keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_segments import tab_to
from tests.journeys.words import words_in

pytestmark = pytest.mark.journey


def test_broadcasts_are_compared(page: Page, demo: Installation, reader: tuple[str, str]) -> None:
    say = words_in(reader[1])
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/broadcasts?state=sent")
    boxes = page.locator("input[name=id]")
    for number in (0, 1):
        boxes.nth(number).focus()
        page.keyboard.press("Space")
    expect(page.get_by_role("status").filter(has_text=say("{n} chosen").format(n=2))).to_be_visible()
    compare = page.get_by_role("button", name=say("Compare"), exact=True)
    compare.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/broadcasts/comparison\?id=\d+&id=\d+$"))
    expect(page.locator(".comparison-table thead").first.get_by_role("columnheader")).to_have_count(2)
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Compare broadcasts"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    off = page.locator(".comparison-table thead th a.btn").first
    tab_to(page, off)
    page.keyboard.press("Enter")
    expect(page.get_by_text(say("Add another broadcast to compare it with."))).to_be_visible()
    add = page.get_by_role("button", name=say("Add"), exact=True)
    tab_to(page, add)
    page.keyboard.press("Enter")
    expect(page.locator(".comparison-table thead").first.get_by_role("columnheader")).to_have_count(2)

    export = page.get_by_role("link", name=say("Export as CSV"))
    with page.expect_download() as download:
        export.press("Enter")
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert [line for line in lines if line.startswith(say("%(figure)s (rate)", figure=say("Opened")))]

"""A marketer narrows the friends list, keeps what is found as a view and as a segment, tags it, and takes that back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words

pytestmark = pytest.mark.journey

TAG = "VIP"


def narrow_to_a_tag(page: Page, say: Words) -> None:
    """Ask for the tag by conditions, in the drawer."""
    page.get_by_role("link", name=say("Conditions"), exact=True).click()
    page.locator("#property-0-0").select_option("tag")
    expect(page.locator("#operator-0-0")).to_have_value("contains_any")
    page.locator("#choices-0-0").get_by_label(TAG, exact=True).check()
    page.locator(".friends-conditions-foot").get_by_role("button", name=say("Show friends")).click()
    expect(page.locator(".list-chips .chip")).to_contain_text(TAG)


def test_the_list_is_narrowed_kept_and_tagged_and_the_tag_is_taken_back(
    page: Page, demo: Installation, say: Words
) -> None:
    sign_in(page, demo)
    name = f"{say('Friends')} {page.viewport_size['width']}"  # type: ignore[index]
    page.goto(f"{demo.url}/accounts/1/friends")
    narrow_to_a_tag(page, say)
    number = page.locator("#friends-total").get_attribute("data-total")

    page.get_by_role("link", name=say("Views and columns")).click()
    drawer = page.locator("#drawer")
    drawer.get_by_label(say("Name of the view")).fill(name)
    drawer.get_by_role("button", name=say("Save view")).click()
    expect(page.get_by_role("navigation", name=say("Saved views")).get_by_role("link", name=name)).to_be_visible()

    page.get_by_role("link", name=say("Save as Segment"), exact=True).click()
    expect(drawer).to_contain_text(TAG)
    drawer.get_by_label(say("Name"), exact=False).first.fill(name)
    drawer.get_by_role("button", name=say("Save as Segment")).click()
    expect(page.locator("h1")).to_have_text(name)
    segment = page.url

    page.get_by_label(say("Choose all friends on this page")).first.check()
    page.get_by_role("button", name=say("Add tags")).click()
    dialog = page.locator("#bulk-dialog")
    send = dialog.locator(".dialog-foot [type=submit]")
    expect(send).to_contain_text(str(number))
    dialog.get_by_label(say("New tag")).fill(name)
    send.click()
    change = page.locator("#bulk-runs .card").first
    expect(change).to_contain_text(name)
    expect(page.locator("#bulk-latest")).to_be_focused()

    change.get_by_role("button", name=say("Undo"), exact=True).click()
    page.locator("dialog:modal .dialog-foot [type=submit]").click()
    expect(change.get_by_role("button", name=say("Undo"), exact=True)).to_have_count(0)
    expect(change.get_by_role("button", name=say("Close"), exact=True)).to_be_visible(timeout=30_000)
    change.get_by_role("button", name=say("Close"), exact=True).click()
    expect(page.locator("#bulk-runs .card", has_text=name)).to_have_count(0)

    page.goto(f"{demo.url}/accounts/1/bulk-tags/history")
    expect(page.locator("#bulk-history .list-group-item", has_text=name)).to_contain_text(re.compile(str(number)))
    page.goto(f"{demo.url}/accounts/1/friends")
    page.get_by_role("link", name=say("Segment"), exact=True).last.click()
    drawer.get_by_role("link", name=re.compile(name)).click()
    expect(page.locator("#friends-total")).to_have_attribute("data-total", str(number))
    assert f"segment-{segment.rpartition('/')[2]}" in page.url

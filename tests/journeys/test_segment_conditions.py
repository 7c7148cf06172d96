"""Conditions that leave friends out, values of which one is enough, and a preview that counts what is complete."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.segment_pages import open_preview
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words

pytestmark = pytest.mark.journey


def friends_in(page: Page) -> int:
    """The number in the preview, once it is of the form as it stands."""
    return int(re.sub(r"[^0-9]", "", page.locator("#segment-preview-count .segment-count").text_content() or ""))


def test_a_segment_names_several_values_and_leaves_friends_out(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments/new")
    page.locator("[name=name]").fill(f"{say('BUT NOT')} {page.viewport_size['width']}")  # type: ignore[index]
    state, count = page.locator("#segment-preview-state"), page.locator("#segment-preview-count .segment-count")
    page.locator("#property-0-0").select_option("line.display_name")
    page.locator("#operator-0-0").select_option("contains")
    page.locator("#value-0-0").fill("a")
    expect(state).to_have_text(say("Up to date"))
    of_one, before = friends_in(page), count.text_content() or ""
    page.locator("#add-value-0-0").click()
    expect(page.locator("#value-0-0-1")).to_be_focused()
    page.keyboard.type("e")
    expect(page.locator("#segment-preview-body")).to_contain_text("e")
    expect(count).not_to_have_text(before)
    of_two = friends_in(page)
    assert of_two > of_one

    page.locator("#add-exclusion").click()
    expect(page.locator("#property-1-0")).to_be_focused()
    page.locator("#property-1-0").select_option("line.follow_status")
    # What is not complete is named, and the others are counted.
    expect(state).to_have_text(say("Not everything counted"))
    open_preview(page)
    expect(page.locator(".segment-not-counted a")).to_have_attribute("href", "#condition-1-0")
    assert friends_in(page) == of_two
    if page.locator("#segment-preview-bar").is_visible():
        page.keyboard.press("Escape")
    page.locator("#choice-1-0-following").check()
    expect(state).to_have_text(say("Up to date"))
    of_others = friends_in(page)
    assert of_others < of_two

    page.locator(".save-bar [type=submit]").click()
    expect(page).to_have_url(re.compile(r"/segments/\d+/edit$"))
    page.goto(page.url.removesuffix("/edit"))
    expect(page.locator("#segment-conditions .segment-not")).to_have_text(say("BUT NOT"))
    expect(page.locator("#segment-numbers .figure").first).to_have_text(f"{of_others:,}")
    expect(page.locator("#segment-chart")).to_be_visible()


def test_a_segment_is_moved_to_a_folder_from_its_row(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments?sort=name")
    row = page.locator(".segments-table tbody tr", has_text="English speakers")
    row.locator(".segment-actions .dropdown > button").click()
    row.get_by_role("button", name=say("Move to a folder")).click()
    folder = page.locator("#segment-filing-folder")
    expect(folder).to_be_focused()
    before = folder.input_value()
    chosen = folder.locator("option").last
    name, value = chosen.text_content() or "", chosen.get_attribute("value") or ""
    folder.select_option(value)
    page.locator("#segment-filing [type=submit]").click()
    expect(page.locator("#filing-dialog")).to_be_hidden()
    page.goto(f"{demo.url}/accounts/1/segments?folder={value}")
    expect(page.locator(".segments-table")).to_contain_text("English speakers")
    expect(page.locator("main")).to_contain_text(name)
    # As it was, for who comes next.
    page.get_by_role("link", name="English speakers", exact=True).click()
    page.locator("#segment-conditions").get_by_role("link", name=say("Move to a folder")).click()
    page.locator("#segment-filing-folder").select_option(before)
    page.locator("#segment-filing [type=submit]").click()
    expect(page).to_have_url(re.compile(r"/segments$"))

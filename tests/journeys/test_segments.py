"""A segment is built with the keyboard alone, previewed while it grows, saved, and found again with its friends."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP, ON_PHONE
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words

pytestmark = pytest.mark.journey

# The demo's coffee shop, and a tag that it has.
TAG = "VIP"


# How many presses of Tab lead from where the focus is to a control, by the order of the page; 0 where it has the focus.
_TABS = """control => {
  const focused = document.activeElement;
  if (focused === control) return 0;
  const modal = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document;
  const stops = [...modal.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")].filter(
    (one) => one.tabIndex >= 0 && !one.disabled && !one.closest("[inert]") && one.checkVisibility() &&
      !(one.type === "radio" && !one.checked && one.form?.elements[one.name]?.value));
  const to = stops.indexOf(control);
  const before = stops.filter((one) => one.compareDocumentPosition(focused) & Node.DOCUMENT_POSITION_FOLLOWING);
  const from = stops.includes(focused) ? stops.indexOf(focused) : focused === document.body ? -1 : before.length - 1;
  if (to < 0) return 1;
  return to > from ? to - from : stops.length - from + to;
}"""
# More than a whole page has, since the way may lead around it.
MOST_TABS = 500


def tab_to(page: Page, target: Locator) -> None:
    """Reach a control as someone does who has no mouse.

    Asking where the focus is takes much longer than a press, so that the presses are counted first.
    """
    pressed = 0
    while (ahead := target.evaluate(_TABS)) and pressed < MOST_TABS:
        # One that is counted wrong must not be passed by: the last presses are looked at one by one.
        for _ in range(max(ahead - 2, 1)):
            page.keyboard.press("Tab")
            pressed += 1
    if ahead:
        raise AssertionError(f"The keyboard does not reach {target}.")


def choose(page: Page, selector: str, value: str) -> None:
    """Walk through a select with the arrow keys until this value is chosen."""
    control = page.locator(selector)
    for _ in range(40):
        if control.input_value() == value:
            return
        tab_to(page, control)
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(100)
    raise AssertionError(f"{selector} does not offer {value}.")


def add_first_condition(page: Page) -> None:
    """Tag – contains any – VIP, by searching for it."""
    choose(page, "#property-0-0", "tag")
    expect(page.locator("#operator-0-0")).to_have_value("contains_any")
    tab_to(page, page.locator("#search-0-0"))
    page.keyboard.type(TAG)
    box = page.locator("#choices-0-0").get_by_label(TAG, exact=True)
    expect(page.locator("#choices-0-0 input")).to_have_count(1)
    tab_to(page, box)
    page.keyboard.press("Space")


@ON_DESKTOP
def test_a_segment_is_built_with_the_keyboard_alone(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments")
    tab_to(page, page.get_by_role("link", name=say("Create Segment")).first)
    page.keyboard.press("Enter")
    tab_to(page, page.locator("[name=name]"))
    name = f"{say('Segment')} {say('Friends')}"
    page.keyboard.type(name)

    add_first_condition(page)
    preview, count = page.locator("#segment-preview-body"), page.locator(".segment-count")
    expect(count).to_have_text(re.compile(r"[1-9]"))
    of_tag = count.inner_text()
    expect(preview).to_contain_text(TAG)
    expect(preview.locator(".segment-friend").first).to_be_attached()

    # AND narrows: everyone who has the tag and came in the last 100 years is who has it and a known date.
    tab_to(page, page.locator("#add-condition-0"))
    page.keyboard.press("Enter")
    choose(page, "#property-0-1", "line.followed_at")
    # What is only begun is not counted, and the preview says so.
    expect(page.locator("#segment-preview-state")).to_have_text(say("Not everything counted"))
    expect(count).to_have_text(of_tag)
    choose(page, "#operator-0-1", "last_days")
    # Until the server has drawn the field for days, a field for a date stands there.
    expect(page.locator("[name=shown-0-1]")).to_have_value("line.followed_at days")
    tab_to(page, page.locator("#value-0-1"))
    page.keyboard.type("36500")
    expect(page.locator("#segment-preview-state")).to_have_text(say("Up to date"))
    expect(page.locator("#problem-0-1")).to_have_text(re.compile(r"\d"))

    # OR widens.
    tab_to(page, page.locator("#add-group"))
    page.keyboard.press("Enter")
    choose(page, "#property-1-0", "line.follow_status")
    tab_to(page, page.locator("#choice-1-0-blocked"))
    page.keyboard.press("Space")
    expect(count).not_to_have_text(of_tag)
    expect(preview).to_contain_text(say("OR"))
    widened = count.inner_text()

    tab_to(page, page.locator(".save-bar [type=submit]"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/segments/\d+/edit$"))
    expect(page.locator("h1.page-title")).to_have_text(name)
    expect(count).to_have_text(widened)

    page.goto(page.url.removesuffix("/edit"))
    expect(page.locator("h1.page-title")).to_have_text(name)
    expect(page.locator("main")).to_contain_text(re.search(r"[\d,]+", widened).group())  # type: ignore[union-attr]


@ON_DESKTOP
def test_conditions_keep_what_was_chosen_when_others_go(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments/new")
    for number, operator in enumerate(("last_days", "between")):
        page.locator(f"#property-0-{number}").select_option("line.followed_at")
        page.locator(f"#operator-0-{number}").select_option(operator)
        expect(page.locator(f"[name=shown-0-{number}]")).not_to_have_value("line.followed_at date")
        if number == 0:
            page.locator("#value-0-0").fill("30")
            page.locator("#add-condition-0").click()
    page.locator("#do-condition-up-0-1").click()
    expect(page.locator("#operator-0-0")).to_have_value("between")
    page.locator("#do-remove-condition-0-0").click()
    expect(page.locator("#operator-0-0")).to_have_value("last_days")
    expect(page.locator("#value-0-0")).to_have_value("30")
    expect(page.locator("#add-condition-0")).to_be_focused()
    expect(page.locator("#segment-preview-body")).to_contain_text("30")


@ON_DESKTOP
def test_the_preview_follows_a_form_that_was_refused(
    page: Page, demo: Installation, say: Words, request: pytest.FixtureRequest
) -> None:
    request.node.expected_problems = ["422"]
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments/new")
    page.locator("[name=name]").fill("Recent")
    page.locator(".save-bar [type=submit]").click()
    expect(page.locator("#problem-0-0")).to_contain_text(say("Choose a property."))
    page.locator("#property-0-0").select_option("line.followed_at")
    expect(page.locator("#operator-0-0")).to_have_value("on")
    page.locator("#operator-0-0").select_option("last_days")
    expect(page.locator("[name=shown-0-0]")).to_have_value("line.followed_at days")
    page.locator("#value-0-0").fill("36500")
    expect(page.locator("#segment-preview-state")).to_have_text(say("Up to date"))
    expect(page.locator("#problem-0-0")).to_have_text(re.compile(r"\d"))


@ON_PHONE
def test_a_double_click_saves_once(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments/new")
    name = f"Twice {page.viewport_size['width']}"  # type: ignore[index]
    page.locator("[name=name]").fill(name)
    page.locator("#property-0-0").select_option("line.display_name")
    expect(page.locator("#operator-0-0")).to_be_visible()
    page.locator("#operator-0-0").select_option("known")
    expect(page.locator("#value-0-0")).to_have_count(0)
    page.locator(".save-bar [type=submit]").dblclick()
    expect(page).to_have_url(re.compile(r"/segments/\d+/edit$"))
    page.goto(f"{demo.url}/accounts/1/segments?search=Twice")
    expect(page.get_by_role("link", name=name, exact=True)).to_have_count(1)


@ON_PHONE
def test_leaving_an_unsaved_segment_asks_first(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments/new")
    expect(page.locator(".save-bar")).not_to_be_visible()
    page.locator("[name=name]").fill("Half")
    expect(page.locator(".save-bar")).to_be_visible()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{demo.url}/accounts/1/segments")
    assert asked == ["beforeunload"]

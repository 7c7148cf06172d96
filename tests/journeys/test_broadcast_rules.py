"""Settings of broadcasts are seen to act, a second person confirms, and the keyboard alone is enough."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from app.seeds import known
from tests.journeys.broadcast_pages import PEOPLE, Shop, compose, confirm, number_of, review, shop_of, shows, stored_in
from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP, ON_PHONE
from tests.journeys.test_accessibility import post
from tests.journeys.test_first_day import sign_in_by_form
from tests.journeys.test_segments import tab_to
from tests.journeys.words import Words

pytestmark = pytest.mark.journey
WORDS = "こんにちは"


@pytest.fixture
def shop(page: Page, demo: Installation) -> Iterator[Shop]:
    """The shop, with the usual rules afterwards."""
    found = shop_of(page, demo)
    yield found
    change_rules(page, found)


def change_rules(page: Page, shop: Shop, **values: str) -> None:
    """Store these rules; what is not given is off or empty."""
    usual = {"quiet_from": "21", "quiet_until": "8", "price": "", "most": "", "days": ""}
    page.goto(f"{shop.url}/settings")
    post(page, f"{shop.url}/settings", **usual | values)


@ON_PHONE
def test_quiet_hours_price_and_cap_act(
    request: pytest.FixtureRequest, page: Page, shop: Shop, say: Words, reader: tuple[str, str]
) -> None:
    # Of the price that is none.
    request.node.expected_problems = ("422",)
    page.goto(f"{shop.url}/new")
    compose(page, say("Frequency cap"), WORDS)
    review(page)
    shows(confirm(page), say, "Sent")
    first = number_of(page)
    for _again in range(2):
        send_copy(page, shop, say, first)

    hour = datetime.now(ZoneInfo(known.TIME_ZONE)).hour
    page.goto(f"{shop.url}/settings")
    form = page.locator("#broadcast-settings")
    form.locator("[name=has_quiet]").check()
    form.locator("[name=quiet_from]").select_option(str(hour))
    form.locator("[name=quiet_until]").select_option(str((hour + 2) % 24))
    form.locator("[name=price]").fill("cheap")
    form.locator(".save-bar [type=submit]").click()
    expect(form.locator("#price-error")).to_have_text(say("Enter an amount such as 3 or 2.5."))
    form.locator("[name=price]").fill("2.5")
    form.locator(".save-bar [type=submit]").click()
    expect(form.locator("#price-error")).to_have_count(0)

    page.goto(copy_of(page, shop, first) + "/review")
    shown, checks = page.locator("#broadcast-review"), page.locator("#broadcast-checks")
    expect(shown.locator("#broadcast-when .is-warning")).to_contain_text(f"{hour}:00")
    expect(shown.locator("#broadcast-units")).to_contain_text(re.compile(r"1[,，]?750"))
    expect(checks.locator(".is-warning").filter(has_text=str(PEOPLE))).to_contain_text("3")

    other = page.context.new_page()
    change_rules(other, shop, most="1", days="7")
    late = copy_of(other, shop, first) + "/review"
    other.goto(late)
    none_left = "The frequency cap leaves no one to send to: everyone was reached often enough."
    expect(other.locator("#broadcast-review")).to_contain_text(say(f"{none_left} It would fail if it started now."))
    expect(other.locator("#broadcast-confirm")).to_be_disabled()
    # The page that was open before the cap still has its button.
    state = confirm(page)
    shows(state, say, "Failed")
    none_got_it = (
        "The frequency cap left no one to send to: everyone had been reached often enough when the broadcast began."
    )
    expect(state.locator(".alert-danger")).to_have_text(say(none_got_it))


@ON_PHONE
def test_an_empty_segment_is_warned_of(page: Page, shop: Shop, say: Words) -> None:
    page.goto(f"{shop.demo.url}/accounts/{shop.account_id}/segments/new")
    page.locator("[name=name]").fill(say("No friend fits"))
    page.locator("#property-0-0").select_option("line.follow_status")
    page.locator("#choice-0-0-blocked").check()
    page.locator(".save-bar [type=submit]").click()
    expect(page).to_have_url(re.compile(r"/segments/\d+/edit$"))
    segment = re.search(r"/segments/(\d+)", page.url).group(1)  # type: ignore[union-attr]
    page.goto(f"{shop.url}/new?segment_id={segment}")
    compose(page, say("No friend fits"), WORDS)
    shown = review(page)
    expect(shown).to_contain_text(say("There are no recipients today. The segment may have some when it starts."))


@ON_DESKTOP
def test_two_members_confirm(page: Page, shop: Shop, say: Words, chromium: Browser, reader: tuple[str, str]) -> None:
    page.goto(f"{shop.url}/settings")
    page.locator("[name=needs_second]").check()
    page.locator("#broadcast-settings .save-bar [type=submit]").click()
    expect(page.locator("#broadcast-settings .save-bar")).to_be_hidden()
    page.goto(f"{shop.url}/new")
    compose(page, say("A second member has to confirm each broadcast"), WORDS)
    shown = review(page)
    expect(shown).to_contain_text(say("Two members have to confirm broadcasts of this account."))
    page.locator("#broadcast-confirm").click()
    mine = say("You have confirmed it. Another member has to confirm it before it is sent.")
    expect(page.locator("#broadcast-first")).to_have_text(mine)
    expect(page.locator("#broadcast-confirm")).to_have_count(0)
    page.locator("#broadcast-withdraw").click()
    expect(page.locator("#broadcast-first")).to_have_count(0)
    page.locator("#broadcast-confirm").click()
    expect(page.locator("#broadcast-first")).to_have_text(mine)
    page.goto(f"{shop.url}?state=second")
    expect(page.locator("#broadcasts-list tbody .badge")).to_have_text(say("Waiting for second confirmation"))
    page.go_back()
    with staff_confirms(shop):
        context = chromium.new_context(viewport=page.viewport_size, locale=reader[1])
        other = context.new_page()
        sign_in_by_form(other, shop.demo, known.STAFF[0])
        other.goto(page.url)
        first = say("%(name)s has confirmed it. It is sent once you confirm it as well.", name=known.ADMINISTRATOR[1])
        expect(other.locator("#broadcast-first")).to_have_text(first)
        state = confirm(other)
        shows(state, say, "Sent")
        expect(other.locator("#broadcast-details")).to_contain_text(known.STAFF[1])
        context.close()


@ON_DESKTOP
def test_a_broadcast_is_made_and_confirmed_with_the_keyboard_alone(page: Page, shop: Shop, say: Words) -> None:
    page.goto(shop.url)
    tab_to(page, page.get_by_role("link", name=say("Create Broadcast")).first)
    page.keyboard.press("Enter")
    tab_to(page, page.locator("[name=name]"))
    page.keyboard.type("Keyboard")
    tab_to(page, page.locator("#tracking-person"))
    page.keyboard.press("ArrowDown")
    expect(page.locator("#tracking-link")).to_be_checked()
    tab_to(page, page.locator("#add-text"))
    page.keyboard.press("Enter")
    field = page.locator("[id='f-messages.0.text']")
    expect(field).to_be_focused()
    with page.expect_response(re.compile("/check$")):
        page.keyboard.type(WORDS)
    tab_to(page, page.locator("[name=then][value=review]"))
    page.keyboard.press("Enter")
    expect(page.locator("#broadcast-checks .is-good")).to_be_visible()
    tab_to(page, page.locator("#broadcast-confirm"))
    page.keyboard.press("Enter")
    shows(page.locator("#broadcast-state"), say, "Sent")


def copy_of(page: Page, shop: Shop, broadcast: int) -> str:
    """Duplicate a broadcast; returns the address of the copy."""
    return post(page, f"{shop.url}/{broadcast}/copy").removesuffix("/edit")


def send_copy(page: Page, shop: Shop, say: Words, broadcast: int) -> None:
    page.goto(copy_of(page, shop, broadcast) + "/review")
    shows(confirm(page), say, "Sent")


@contextmanager
def staff_confirms(shop: Shop) -> Iterator[None]:
    """Let the demo's ordinary member confirm broadcasts of this account for a while."""
    granted = (
        "UPDATE members SET permissions = array_append(permissions, 'confirm_broadcasts'),"
        " account_ids = array_append(account_ids, %s) WHERE email = %s"
    )
    taken = (
        "UPDATE members SET permissions = array_remove(permissions, 'confirm_broadcasts'),"
        " account_ids = array_remove(account_ids, %s) WHERE email = %s"
    )
    for change in (granted, taken):
        with stored_in(shop.demo) as connection:
            connection.execute(change, (shop.account_id, known.STAFF[0]))
        if change is granted:
            yield

"""Broadcasts that wait for a member's decision, and go on as it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.broadcast_pages import (
    PEOPLE,
    SLOW,
    Shop,
    answer,
    compose,
    confirm,
    number_of,
    restore_half_way,
    review,
    shop_by_itself,
    shows,
    stored_in,
    written,
)
from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_PHONE
from tests.journeys.words import Words

pytestmark = [pytest.mark.journey, ON_PHONE]
TOKYO = "Asia/Tokyo"
# As if the time of a broadcast had passed while nothing was running.
PASSED = """UPDATE broadcasts SET scheduled_at = now() - interval '2 hours', confirmed_at = now() - interval '3 hours',
  created_at = now() - interval '3 hours', start_due_at = now() WHERE id = %s"""
# As if LINE had not answered for a day.
EXPIRED = """UPDATE broadcast_chunks SET key_used_at = now() - interval '2 days'
  WHERE broadcast_id = %s AND key_used_at IS NOT NULL AND state = 'waiting'"""
AT_ONCE = "UPDATE runs SET due_at = now() WHERE subject_id = %s AND kind = 'messages.broadcasts.send'"


@pytest.fixture
def shop(page: Page, demo: Installation) -> Iterator[Shop]:
    yield from shop_by_itself(page, demo)


def late(page: Page, shop: Shop, say: Words) -> Locator:
    """Schedule a broadcast and let its time pass; returns its state, which asks what is to be done."""
    page.goto(f"{shop.url}/new")
    compose(page, say("If Tomoru is not running at that time"), "こんにちは")
    page.locator("#starts-later").check()
    tomorrow = datetime.now(ZoneInfo(TOKYO)) + timedelta(days=1)
    page.locator("[name=scheduled_at]").fill(f"{tomorrow:%Y-%m-%dT%H:%M}")
    page.locator("[name=time_zone]").fill(TOKYO)
    review(page)
    state = confirm(page)
    shows(state, say, "Scheduled")
    with stored_in(shop.demo) as connection:
        connection.execute(PASSED, (number_of(page),))
    # A page of tomorrow's broadcast asks every ten seconds only.
    page.reload()
    shows(state, say, "Needs a decision")
    return state


def test_a_late_broadcast_is_skipped_or_sent(page: Page, shop: Shop, say: Words) -> None:
    late(page, shop, say).locator("#late-skip").click()
    expect(page.locator("#broadcast-form")).to_be_visible()
    assert shop.reached() == [0, 0]
    state = late(page, shop, say)
    state.locator("#late-send").click()
    shows(state, say, "Sent")
    assert shop.reached() == [PEOPLE, 0]


def test_people_of_whom_line_did_not_say(page: Page, shop: Shop, say: Words) -> None:
    """LINE takes messages and its answers are lost, until it is too late to ask again safely."""
    silent = shop.fault("push", kind="lost", skip=PEOPLE // 2)
    state = written(page, shop, say("unknown"))
    expect(state.locator(".run-progress p")).not_to_be_empty(timeout=30_000)
    with stored_in(shop.demo) as connection:
        connection.execute(EXPIRED, (number_of(page),))
        connection.execute(AT_ONCE, (number_of(page),))
    shop.good_again(silent)
    shows(state, say, "Needs a decision")
    expect(state.locator(".alert-warning")).not_to_be_empty()
    state.locator("#ask-line").click()
    expect(state.locator("#ask-line ~ span, .broadcast-ways li").first).to_contain_text(f"{PEOPLE}")
    state.locator("#unknown-leave").click()
    shows(state, say, "Sent")


def test_a_restored_backup_stops_it_until_a_member_lets_it_go_on(page: Page, shop: Shop, say: Words) -> None:
    slow = shop.fault("push", **SLOW)
    state = written(page, shop, say("Paused"))
    shows(state, say, "Sending")
    restore_half_way(page, shop, say)
    expect(state.locator("#ask-line")).to_be_visible()
    shop.good_again(slow)
    state.get_by_role("button", name=say("Go on"), exact=True).click()
    answer(page, say, "broadcast-restored", "Go on")
    shows(state, say, "Sent")

"""A/B tests and spread broadcasts from the form to the last message, and the decisions that send twice or no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

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
from tests.journeys.test_broadcast_decisions import AT_ONCE, EXPIRED
from tests.journeys.words import Words

pytestmark = [pytest.mark.journey, ON_PHONE]
SEGMENT = """INSERT INTO segments (account_id, name, definition) VALUES (%s, %s, %s) RETURNING id"""
OF_STATUS = (
    '{"version": 1, "groups": [{"conditions":'
    ' [{"property": "line.follow_status", "operator": "any_of", "values": ["%s"]}]}]}'
)


@pytest.fixture
def shop(page: Page, demo: Installation) -> Iterator[Shop]:
    yield from shop_by_itself(page, demo)


def test_two_sets_are_tested_and_a_member_sends_one_to_the_rest(page: Page, shop: Shop, say: Words) -> None:
    page.goto(f"{shop.url}/new")
    compose(page, say("A/B test"), "こんにちは A")
    page.locator("#test-copy").click()
    expect(page.locator("[name=test_share]")).to_be_visible()
    field = page.locator("[id='f-messages.0.text']")
    expect(field).to_have_value("こんにちは A")
    field.fill("こんにちは B")
    page.locator("[name=test_share]").fill("100")
    expect(page.locator("[name=winner_after_hours]")).to_have_count(0)
    page.locator("[name=test_share]").fill("20")
    page.locator("[name=winner_after_hours]").fill("4")
    review(page)
    state = confirm(page)
    rest = state.get_by_role("button", name=say("Send B to the rest"), exact=True)
    expect(rest).to_be_visible(timeout=30_000)
    expect(state.locator("#broadcast-state-title")).to_have_text(say("Sending"))
    while shop.reached()[0] < PEOPLE // 5:
        page.wait_for_timeout(200)
    rest.click()
    answer(page, say, "broadcast-winner-b", "Send B to the rest")
    shows(state, say, "Sent")
    assert shop.reached() == [PEOPLE, 0]
    expect(page.locator("#broadcast-results")).to_contain_text("B")


def test_a_segment_without_another_is_spread_over_minutes(page: Page, shop: Shop, say: Words) -> None:
    with stored_in(shop.demo) as connection:
        some, others = (
            connection.execute(SEGMENT, (shop.account_id, name, OF_STATUS % status)).fetchone()[0]
            for name, status in (("Friends", "following"), ("Gone", "blocked"))
        )
    page.goto(f"{shop.url}/new")
    compose(page, say("Spread"), "こんにちは")
    page.locator("#audience-difference").check()
    page.locator("[name=segment]").select_option(str(some))
    page.locator("[name=without]").select_option(str(others))
    page.locator("summary", has_text=say("Spread it over some time")).click()
    page.locator("[name=spread_minutes]").fill("2")
    review(page)
    state = confirm(page)
    shows(state, say, "Sending")
    expect(state.locator(".run-progress")).to_be_visible()
    state.get_by_role("button", name=say("Stop"), exact=True).click()
    answer(page, say, "broadcast-stop", "Stop")
    shows(state, say, "Stopped")
    assert shop.reached()[1] == 0


def test_unknown_people_are_sent_to_again_when_a_member_says_so(page: Page, shop: Shop, say: Words) -> None:
    silent = shop.fault("push", kind="lost", skip=PEOPLE - 20)
    state = written(page, shop, say("Send again"))
    expect(state.locator(".run-progress p")).not_to_be_empty(timeout=30_000)
    with stored_in(shop.demo) as connection:
        connection.execute(EXPIRED, (number_of(page),))
        connection.execute(AT_ONCE, (number_of(page),))
    shop.good_again(silent)
    shows(state, say, "Needs a decision")
    state.get_by_role("button", name=say("Send again"), exact=True).click()
    answer(page, say, "broadcast-again", "Send again")
    shows(state, say, "Sent")
    assert shop.reached()[0] == PEOPLE


def test_a_restored_backup_is_stopped(page: Page, shop: Shop, say: Words) -> None:
    slow = shop.fault("push", **SLOW)
    state = written(page, shop, say("Stop"))
    shows(state, say, "Sending")
    restore_half_way(page, shop, say)
    shop.good_again(slow)
    state.get_by_role("button", name=say("Stop"), exact=True).click()
    answer(page, say, "broadcast-stop", "Stop")
    shows(state, say, "Stopped")
    assert shop.reached()[1] == 0

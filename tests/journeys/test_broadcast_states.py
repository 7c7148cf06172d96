"""What can happen to a broadcast while it is sent, on a page that is never loaded again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.broadcast_pages import (
    NO_MORE_UNITS,
    PEOPLE,
    SLOW,
    Shop,
    answer,
    compose,
    open_shop,
    review,
    shop_by_itself,
    shows,
    written,
)
from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words

pytestmark = [pytest.mark.journey, ON_DESKTOP]
_ABOUT = [{"property": "messages[0].text", "message": "May not be said"}]
REFUSED = {"kind": "status", "status": 400, "message": "The request body has 1 error(s)", "details": _ABOUT}


@pytest.fixture
def shop(page: Page, demo: Installation) -> Iterator[Shop]:
    yield from shop_by_itself(page, demo)


def test_it_is_paused_resumed_stopped_and_sent_to_the_rest(page: Page, shop: Shop, say: Words) -> None:
    slow = shop.fault("push", **SLOW)
    state = written(page, shop, say("Paused"))
    page.evaluate("window.notReloaded = true")
    shows(state, say, "Sending")
    expect(state.locator("progress[value]")).to_be_visible()
    expect(state.locator(".run-progress-line")).to_contain_text(pattern(say("%(count)s per second", count="#")))
    expect(state.locator(".run-progress-line")).to_contain_text(pattern(say("about %(time)s left", time="#")))
    address = page.url
    edit = page.context.new_page()
    edit.goto(f"{address}/edit")
    expect(edit).to_have_url(address)
    edit.close()

    state.locator("#pause-broadcast").click()
    shows(state, say, "Paused")
    state.locator("#resume-broadcast").click()
    shows(state, say, "Sending")
    state.get_by_role("button", name=say("Stop"), exact=True).click()
    answer(page, say, "broadcast-stop", "Stop")
    shows(state, say, "Stopped")
    rest = state.get_by_role("button", name=say("Send to those not yet accepted"))
    expect(rest).to_be_visible(timeout=30_000)
    reached, twice = shop.reached()
    assert 0 < reached < PEOPLE and not twice
    figure = state.locator(".figures")
    expect(figure).to_contain_text(str(reached))
    expect(figure).to_contain_text(str(PEOPLE - reached))

    shop.good_again(slow)
    rest.click()
    answer(page, say, "broadcast-rest", "Send")
    shows(state, say, "Sent")
    assert shop.reached() == [PEOPLE, 0]
    expect(page.locator("#broadcast-results dd").first).to_contain_text(str(PEOPLE))
    page.locator("#prove-ledger").click()
    expect(page.locator("#broadcast-proof .alert-success")).to_contain_text(str(PEOPLE))
    assert page.evaluate("window.notReloaded") is True


def test_content_that_line_refuses_fails_and_the_rest_follows(page: Page, shop: Shop, say: Words) -> None:
    slow = shop.fault("push", **SLOW)
    state = written(page, shop, say("Failed"))
    shows(state, say, "Sending")
    faults = [slow, shop.fault("push", **REFUSED), shop.fault("validate/push", **REFUSED)]
    shows(state, say, "Failed")
    expect(state.locator(".alert-danger")).to_contain_text("May not be said")
    for fault in faults:
        shop.good_again(fault)
    state.get_by_role("button", name=say("Send to those not yet accepted")).click()
    answer(page, say, "broadcast-rest", "Send")
    shows(state, say, "Sent")
    assert shop.reached() == [PEOPLE, 0]


def test_a_fault_disables_the_confirmation_and_is_led_to(page: Page, shop: Shop, say: Words) -> None:
    page.goto(f"{shop.url}/new")
    compose(page, say("Show the fault"), "Tea")
    fault = shop.fault("validate/push", **REFUSED)
    review(page)
    expect(page.locator("#broadcast-confirm")).to_be_disabled()
    page.locator("#broadcast-confirm-words a").click()
    expect(page.locator("[id='f-messages.0.text']")).to_have_attribute("aria-invalid", "true")
    shop.good_again(fault)
    review(page)
    expect(page.locator("#broadcast-confirm")).to_be_enabled()


def test_a_quota_that_ends_halfway_pauses_it(page: Page, shop: Shop, say: Words) -> None:
    spent = shop.fault("push", skip=PEOPLE // 2, **NO_MORE_UNITS)
    state = written(page, shop, say("Quota"))
    shows(state, say, "Paused")
    expect(state.locator(".alert-warning")).not_to_be_empty()
    shop.good_again(spent)
    state.locator("#resume-broadcast").click()
    shows(state, say, "Sent")
    assert shop.reached() == [PEOPLE, 0]


def test_a_lost_secret_pauses_it(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    shop = open_shop(page, demo, f"Lost {say('Friends')}", PEOPLE)
    shop.fault("push", **SLOW)
    state = written(page, shop, say("Disconnected"))
    shows(state, say, "Sending")
    channel = f"/channels/{shop.channel_id}"
    shop.demo.sandbox("POST", f"{channel}/secret", {"secret": "f" * 32})
    shop.demo.sandbox("DELETE", f"{channel}/tokens")
    shows(state, say, "Paused")
    expect(state.locator(".alert-warning")).not_to_be_empty()


def pattern(words: str) -> re.Pattern[str]:
    """Return a pattern of a sentence in which # is any text."""
    return re.compile(re.escape(words).replace(r"\#", r".+"))

"""A broadcast from the row of its segment to its results; the phone shows it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.seeds import known
from tests.journeys.broadcast_pages import compose, confirm, review, shows
from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words, words_in

pytestmark = pytest.mark.journey
COFFEE = known.COFFEE.channel_id
SEGMENT = "常連・VIP"
WORDS = "{{first_name|お客}}さまへ http://shop.example.com/cake"


def test_a_segment_is_written_to(page: Page, demo: Installation, reader: tuple[str, str]) -> None:
    say, name = words_in(reader[1]), f"Cake {reader[0]}"
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments?search={SEGMENT}")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=say("Create Broadcast to %(name)s", name=SEGMENT)).click()
    page = opened.value
    estimate = page.locator("#broadcast-estimate")
    expect(page.locator("#audience-segment")).to_be_checked()
    expect(page.locator("[name=segment] option:checked")).to_have_text(SEGMENT)
    expect(estimate).to_contain_text(say("reachable now"))
    people = int(estimate.locator(".broadcast-number").first.inner_text())

    compose(page, name, WORDS)
    review(page)
    look_at_review(page, say, people)

    state = confirm(page)
    shows(state, say, "Sent")
    expect(state.locator("dd").first).to_have_text(str(people))
    results = page.locator("#broadcast-results")
    expect(results.get_by_role("heading", name=say("Results"))).to_be_visible()
    expect(results.locator("dd").first).to_contain_text(str(people))
    tap_on_the_phone(page, demo)
    page.locator("#prove-ledger").click()
    expect(page.locator("#broadcast-proof [role=status]")).to_contain_text(str(people))


def look_at_review(page: Page, say: Words, people: int) -> None:
    """Every number and warning of the review, its preview, and a test message."""
    shown, checks = page.locator("#broadcast-review"), page.locator("#broadcast-checks")
    expect(shown.locator(".figures dd").first).to_have_text(str(people))
    units = shown.locator("#broadcast-units")
    expect(units).to_contain_text(say("this one %(units)s", units=people))
    expect(units).to_contain_text(re.compile(rf"\D{people * 3}\D"))
    expect(checks).to_contain_text(say("LINE takes the messages, for the longest and the emptiest recipient."))
    expect(checks).to_contain_text("http://shop.example.com/cake")
    expect(checks.locator(".is-warning").filter(has_text=say("First name"))).to_contain_text(str(people))

    expect(shown.locator("#broadcast-preview .phone-words")).to_contain_text("さまへ")
    page.locator("#broadcast-whom").select_option("nothing")
    expect(shown.locator("#broadcast-preview .phone-words")).to_contain_text("お客さまへ")
    tests = page.locator("#broadcast-tests")
    tests.locator("[name=tester]:enabled").first.check()
    tests.get_by_role("button", name=say("Send Test Message")).click()
    expect(tests).to_contain_text(say("LINE took the test message."))


def tap_on_the_phone(page: Page, demo: Installation) -> None:
    """One recipient finds the message on the phone and opens its link, which the results then count."""
    newest = demo.sandbox("GET", f"/channels/{COFFEE}/messages")["messages"][-1]
    person = newest["to"][0]["id"]
    phone = page.context.new_page()
    phone.goto(f"{demo.sandbox_url}/phone/{COFFEE}/{person}")
    bubble = phone.locator("#talk .talk-list .row:not(.own)").filter(has_text="さまへ").last
    expect(bubble).to_contain_text("http")
    address = re.search(r"https?://\S+", bubble.inner_text())
    assert address is not None
    demo.sandbox("POST", f"/channels/{COFFEE}/friends/{person}/visits", {"address": address.group()})
    phone.close()
    clicked = page.locator("#broadcast-results dd").nth(3)
    # A tap counts some seconds later, when it is known that no program made it.
    for _again in range(60):
        if clicked.inner_text().startswith("1"):
            break
        page.wait_for_timeout(500)
        page.reload()
        expect(clicked).to_be_visible()
    expect(clicked).to_contain_text(re.compile("^1"))

"""What journeys of broadcasts share: an account with many friends, and the steps that each of them takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from playwright.sync_api import Locator, Page, expect

from app.embedded import servers as embedded
from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import connect, sign_in, start_import
from tests.journeys.words import Words, words_in

# More than are sent to at once, so that a slow broadcast is seen half-way.
PEOPLE = 700
SLOW = {"kind": "latency", "fixed_ms": 2_500}
STILL_RUNS = """SELECT 1 FROM runs
  WHERE subject_id = %s AND kind = 'messages.broadcasts.send' AND state IN ('queued', 'running')"""
# Broadcasts of others wait as well after a backup was restored.
AS_BEFORE = """UPDATE broadcasts SET state = 'scheduled', reason = NULL, start_due_at = scheduled_at
  WHERE state = 'waiting_for_decision' AND reason = 'broadcasts.restored'"""
NO_MORE_UNITS = {"kind": "status", "status": 429, "message": "You have reached your monthly limit."}


@dataclass(frozen=True)
class Shop:
    """An account of its own, whose LINE does what a journey wants."""

    demo: Installation
    account_id: int
    channel_id: str

    @property
    def url(self) -> str:
        """Return the address of its broadcasts."""
        return f"{self.demo.url}/accounts/{self.account_id}/broadcasts"

    def fault(self, call: str, **fields: Any) -> str:
        """Let LINE answer a call for messages (push, validate/push) like this from now on; returns the fault's id."""
        rule = {"channel_id": self.channel_id, "method": "POST", "path": f"/v2/bot/message/{call}", **fields}
        return str(self.demo.sandbox("POST", "/faults", rule)["id"])

    def good_again(self, fault: str) -> None:
        """End a fault."""
        self.demo.sandbox("DELETE", f"/faults/{fault}")

    def forget_deliveries(self) -> None:
        self.demo.sandbox("DELETE", f"/channels/{self.channel_id}/messages")

    def reached(self) -> list[int]:
        """Return how many people LINE delivered to, and how many of them more than once."""
        mail = self.demo.sandbox("GET", f"/channels/{self.channel_id}/messages?limit=100000")["messages"]
        people = [to["id"] for entry in mail for to in entry["to"] if to["delivered"]]
        return [len(set(people)), len(people) - len(set(people))]


_shops: dict[str, Shop] = {}


def shop_of(page: Page, demo: Installation) -> Shop:
    """Return the shop of this installation; the first journey that asks connects it and imports its friends."""
    sign_in(page, demo)
    if demo.url not in _shops:
        _shops[demo.url] = open_shop(page, demo, "Journey of broadcasts", PEOPLE)
    return _shops[demo.url]


def shop_by_itself(page: Page, demo: Installation) -> Iterator[Shop]:
    """Give the shop to a journey: LINE has delivered nothing, and has no faults afterwards."""
    found = shop_of(page, demo)
    found.forget_deliveries()
    yield found
    demo.sandbox("DELETE", "/faults")
    with stored_in(demo) as connection:
        connection.execute(AS_BEFORE)


def open_shop(page: Page, demo: Installation, name: str, people: int) -> Shop:
    """Connect a new account through the form, in the page's language, and import its friends."""
    page.goto(demo.url)
    say = words_in(page.evaluate("document.documentElement.lang"))
    made = demo.sandbox("POST", "/channels", {"name": name, "kind": "verified", "population": {"followers": people}})
    connect(page, demo, say, made["channel_id"], made["secret"])
    start_import(page, say)
    expect(page.locator("#friend-import").get_by_role("status")).to_have_text(say("Completed"), timeout=60_000)
    return Shop(demo, int(page.url.split("/accounts/")[1].partition("/")[0]), made["channel_id"])


def compose(page: Page, name: str, words: str) -> None:
    """Fill in the name and one text of the new draft whose editor is open."""
    page.wait_for_load_state("load")
    if page.locator(".composer-message").count():
        # Pressed before the scripts of the new page run, a button would lead to a page of its own.
        with page.expect_navigation():
            page.locator("#do-discard").click()
        expect(page.locator(".composer-message")).to_have_count(0)
    page.locator("[name=name]").fill(name)
    page.locator("#add-text").click()
    field = page.locator("[id='f-messages.0.text']")
    expect(field).to_be_visible()
    field.fill(words)


def review(page: Page) -> Locator:
    """Press *Save and review*; returns the review once it has loaded its checks."""
    page.locator("[name=then][value=review]").click()
    expect(page).to_have_url(re.compile(r"/broadcasts/\d+/review$"))
    expect(page.locator("#broadcast-checks .broadcast-check").first).to_be_visible()
    return page.locator("#broadcast-review")


def confirm(page: Page) -> Locator:
    """Press *Confirm Broadcast* and return the state that the broadcast's page shows from now on."""
    page.locator("#broadcast-confirm").click()
    expect(page).to_have_url(re.compile(r"/broadcasts/\d+$"))
    return page.locator("#broadcast-state")


def written(page: Page, shop: Shop, name: str, words: str = "こんにちは {{display_name|お客さま}}") -> Locator:
    """Compose a broadcast to all friends that is sent one by one, and confirm it; returns its state."""
    page.goto(f"{shop.url}/new")
    compose(page, name, words)
    review(page)
    return confirm(page)


def shows(state: Locator, say: Words, name: str) -> None:
    """Expect the state of this name, without a reload of the page."""
    expect(state.locator("#broadcast-state-title")).to_have_text(say(name), timeout=30_000)


def answer(page: Page, say: Words, dialog: str, label: str) -> None:
    """Press the button of this label in an open dialog."""
    page.locator(f"#{dialog}[open]").get_by_role("button", name=say(label), exact=True).click()


def number_of(broadcast: Page) -> int:
    """Return the id of the broadcast whose page is open."""
    return int(re.search(r"/broadcasts/(\d+)", broadcast.url).group(1))  # type: ignore[union-attr]


@contextmanager
def stored_in(demo: Installation) -> Iterator[psycopg.Connection[Any]]:
    """Open the demo's database, to let hours pass."""
    with (
        embedded.start(demo.data / "demo") as servers,
        psycopg.connect(servers.database_url.replace("+psycopg", "")) as connection,
    ):
        yield connection


def restore_half_way(page: Page, shop: Shop, say: Words) -> None:
    """Pause the broadcast that is being sent, put an older backup in, and resume: it asks what is to be done."""
    state = page.locator("#broadcast-state")
    state.locator("#pause-broadcast").click()
    shows(state, say, "Paused")
    until_it_stands_still(page, shop)
    forget_what_was_sent(shop.demo)
    state.locator("#resume-broadcast").click()
    shows(state, say, "Needs a decision")


def until_it_stands_still(page: Page, shop: Shop) -> None:
    """Wait until what was handed to LINE before the pause is written down, and the worker has put it away."""
    with stored_in(shop.demo) as connection:
        connection.autocommit = True
        for _look in range(120):
            if not connection.execute(STILL_RUNS, (number_of(page),)).fetchone():
                return
            page.wait_for_timeout(250)
    raise AssertionError("The broadcast did not come to rest.")


def forget_what_was_sent(demo: Installation) -> None:
    """Let the number beside the database be ahead, as after a backup was restored."""
    with stored_in(demo) as connection:
        installation, number = connection.execute("SELECT installation, number FROM ledger_marks").fetchone()
    (demo.data / "demo" / "media" / "ledger" / str(installation)).write_text(str(number + 100_000))

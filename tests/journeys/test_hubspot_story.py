"""A marketer maps a property of HubSpot, follows it both ways, and finds in the history what each sync did."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.hubspot import PORTAL, connect_hubspot
from tests.journeys.readers import ON_PHONE
from tests.journeys.test_accessibility import COFFEE_SHOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words, words_in

pytestmark = [pytest.mark.journey, ON_PHONE]
CONTACTS = f"{PORTAL}/contacts"
# A property for each reader, since they share the demo.
PROPERTIES = {"desktop": "jobtitle", "phone": "zip"}


def contact_of(demo: Installation) -> dict[str, Any]:
    """Return a contact of the demo's that a friend has by its address."""
    made = demo.sandbox("GET", f"{CONTACTS}?after=500000000&limit=50")["records"]
    found: dict[str, Any] = next(one for one in made if "@example.com" in one["properties"].get("email", ""))
    return found


def resync(page: Page, dashboard: str, say: Words) -> None:
    """Press Resync Data and watch until all is applied."""
    page.goto(dashboard)
    state = page.locator("#hubspot-state [role=status]")
    runs = page.locator("#hubspot-history tbody tr")
    expect(state).to_have_text(say("Normal"), timeout=60_000)
    newest = runs.first.locator("a").get_attribute("href") or ""
    deadline = time.monotonic() + 60
    # A press while a sync is under way by itself joins that one.
    while runs.first.locator(f"a[href='{newest}']").count():
        assert time.monotonic() < deadline, "No new sync began."
        expect(state).to_have_text(say("Normal"), timeout=60_000)
        page.locator("#hubspot-resync").click()
        page.wait_for_timeout(1_000)
    expect(state).to_have_text(say("Normal"), timeout=60_000)
    expect(runs.first).to_contain_text(say("Sync complete"))


def edit_friend(page: Page, friend: str, label: str, value: str, say: Words) -> None:
    page.goto(friend)
    page.locator("#friend-attributes").get_by_role("link", name=say("Edit")).click()
    page.locator("#friend-attributes").get_by_label(label, exact=True).fill(value)
    page.locator("#friend-attributes").get_by_role("button", name=say("Save")).click()
    expect(page.locator("#friend-attributes")).to_contain_text(value)


def wait_for(page: Page, words: str) -> None:
    """Look at the friend's page again until the contact says so."""
    deadline = time.monotonic() + 60
    while words not in page.locator("#friend-hubspot").inner_text():
        assert time.monotonic() < deadline, "No webhook brought it."
        page.wait_for_timeout(500)
        page.reload()
        expect(page.locator("#friend-hubspot dt, #friend-hubspot h2").first).to_be_visible()


def test_a_property_is_mapped_and_followed_both_ways(page: Page, demo: Installation, reader: tuple[str, str]) -> None:
    say, name = words_in(reader[1]), PROPERTIES[reader[0]]
    sign_in(page, demo)
    connect_hubspot(page, demo, COFFEE_SHOP)
    dashboard = f"{demo.url}/integrations/hubspot/1"
    page.goto(f"{dashboard}/data")
    page.get_by_role("link", name=say("Add HubSpot Property")).first.click()
    page.locator("a.palette-option", has=page.get_by_text(name, exact=True)).click()
    label = page.locator("#label").input_value()
    page.locator("#new-field button[type=submit]").click()
    row = page.locator("#sync-data tr", has=page.get_by_text(name, exact=True))
    expect(row).to_contain_text(say("The more recent value stays"))
    field = row.get_by_role("link").get_attribute("href") or ""

    contact = contact_of(demo)
    address = f"{CONTACTS}/{contact['id']}"
    demo.sandbox("PATCH", address, {"properties": {name: f"Barista {name}"}})
    resync(page, dashboard, say)
    expect(page.locator("#hubspot-syncing dd").nth(1)).not_to_have_text("0")
    page.goto(f"{demo.url}/accounts/{COFFEE_SHOP}/friends?search={contact['properties']['email']}")
    page.locator("#friends-rows a[href*='/friends/']").first.click()
    friend = page.url
    expect(page.locator("#friend-hubspot")).to_contain_text(f"Barista {name}")

    # HubSpot tells of this one by itself.
    demo.sandbox("PATCH", address, {"properties": {name: f"Taster {name}"}})
    wait_for(page, f"Taster {name}")
    page.goto(f"{dashboard}/settings")
    expect(page.locator("#hubspot-webhooks")).to_contain_text(
        say("HubSpot tells of changes by itself: they reach friends within seconds.")
    )

    edit_friend(page, friend, label, f"Roaster {name}", say)
    deadline = time.monotonic() + 60
    while demo.sandbox("GET", address)["properties"][name] != f"Roaster {name}":
        assert time.monotonic() < deadline, "It was not written to HubSpot."
        page.wait_for_timeout(500)

    edit_friend(page, friend, label, f"Owner {name}", say)
    demo.sandbox("PATCH", address, {"properties": {name: f"Manager {name}"}})
    resync(page, dashboard, say)
    page.goto(f"{demo.url}{field}")
    conflict = page.locator("#field-conflicts tbody tr").first
    for words in (f"Owner {name}", f"Manager {name}", "HubSpot"):
        expect(conflict).to_contain_text(words)
    page.goto(dashboard)
    page.locator("#hubspot-history tbody a").first.click()
    expect(page.locator("#hubspot-sync-run")).to_contain_text(say("Fields that both sides had changed"))

"""HubSpot is connected in the browser through the pages of HubSpot, left, connected again, and uninstalled there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.cli.local import HUBSPOT_APP
from tests.journeys.conftest import Installation
from tests.journeys.hubspot import PORTAL
from tests.journeys.readers import ON_DESKTOP
from tests.journeys.test_accessibility import COFFEE_SHOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_rich_menus import press
from tests.journeys.test_segments import tab_to
from tests.journeys.words import Words, words_in

pytestmark = [pytest.mark.journey, ON_DESKTOP]
APP_ID = HUBSPOT_APP["HUBSPOT_APP_ID"]


def approve(page: Page) -> None:
    """Say yes on HubSpot's page, with the keyboard, come back to the Dashboard, and go on to Settings."""
    expect(page).to_have_url(re.compile(r"/oauth/authorize\?"))
    press(page, page.locator("button[value=yes]"))
    expect(page).to_have_url(re.compile(r"/integrations/hubspot/\d+$"))
    page.goto(f"{page.url}/settings")


def state(page: Page, say: Words, words: str, **values: object) -> None:
    expect(page.locator("main .badge").first).to_have_text(say(words, **values))


def test_a_portal_is_connected_left_and_connected_again_with_the_keyboard_alone(
    page: Page, demo: Installation, reader: tuple[str, str]
) -> None:
    say = words_in(reader[1])
    sign_in(page, demo)
    page.goto(f"{demo.url}/integrations")
    begin = page.locator("main a[href='/integrations/hubspot/connect']")
    if "/integrations/hubspot/1" not in page.content():
        press(page, begin)
        box = page.locator(f"input[name=accounts][value='{COFFEE_SHOP}']")
        tab_to(page, box)
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        approve(page)
    page.goto(f"{demo.url}/integrations/hubspot")
    page.goto(f"{page.url}/settings")
    if page.locator("#hubspot-scopes").count() == 0:
        press(page, page.get_by_role("button", name=say("Reconnect")))
        approve(page)
    state(page, say, "Connected")
    expect(page.locator("#hubspot-scopes")).to_contain_text("crm.objects.contacts.read")
    press(page, page.locator("#hubspot-leave").get_by_role("button", name=say("Disconnect")).first)
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text(say("new syncs of contacts and of lists"))
    press(page, dialog.get_by_role("button", name=say("Disconnect")))
    state(page, say, "Disconnected")
    assert demo.sandbox("GET", PORTAL)["installs"] == []
    press(page, page.get_by_role("button", name=say("Reconnect")))
    approve(page)
    state(page, say, "Connected")
    demo.sandbox("DELETE", f"{PORTAL}/installs/{APP_ID}")
    press(page, page.get_by_role("button", name=say("Check the connection")))
    state(page, say, "Disconnected at %(service)s", service="HubSpot")
    expect(page.locator("#hubspot-leave")).to_contain_text(say("sends of LINE messages from workflows of HubSpot"))
    press(page, page.get_by_role("button", name=say("Reconnect")))
    approve(page)
    state(page, say, "Connected")

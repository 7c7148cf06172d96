"""Passkeys in a browser with a device of its own: in place of the password, and of the code of a sign-in."""

from __future__ import annotations

import psycopg
import pyotp
from playwright.sync_api import Page, expect

from app.embedded import servers as embedded
from tests.journeys.conftest import Installation
from tests.journeys.words import Words

EMAIL, PASSWORD = "akari@example.com", "ともしびの長い合言葉"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def give_device(page: Page) -> None:
    """Give the browser a device that looks who holds it, and is always held by the right person."""
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def passkey_takes_the_place_of_password_and_code(page: Page, named: Installation, say: Words) -> None:
    """Expect it of the member who is signed in; the installation has a name, since a number has no passkeys."""
    give_device(page)
    add_passkey(page, named, say)
    turn_on_two_factor(page, named)
    forget_proofs(named)
    page.goto(f"{named.url}/api-keys")
    expect(page.locator("h1")).to_have_text(say("Confirm that it is you"))
    page.get_by_role("button", name=say("Use a passkey instead")).click()
    expect(page.locator("h1")).to_have_text(say("API keys"))

    page.locator('form[action="/sign-out"] button').dispatch_event("click")
    page.locator("[name=email]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("#sign-in-form button[type=submit]").click()
    expect(page.locator("[name=code]")).to_be_visible()
    page.get_by_role("button", name=say("Use a passkey instead")).click()
    expect(page.locator("#home-nothing-yet")).to_be_visible()


def add_passkey(page: Page, named: Installation, say: Words) -> None:
    page.goto(f"{named.url}/profile/passkeys")
    form = page.locator("#passkey-form")
    form.locator("[name=name]").fill("Phone")
    form.locator("[name=password]").fill(PASSWORD)
    form.locator("button[type=submit]").click()
    expect(page.get_by_text(say("The passkey is added. You can sign in with it from now on."))).to_be_visible()


def turn_on_two_factor(page: Page, named: Installation) -> None:
    page.goto(f"{named.url}/profile/two-factor")
    page.locator('main form[action="/profile/two-factor"] button').click()
    key = page.locator("#two-factor-key").inner_text().replace(" ", "")
    form = page.locator("#activation-form")
    form.locator("[name=password]").fill(PASSWORD)
    form.locator("[name=code]").fill(pyotp.TOTP(key).now())
    form.locator("button[type=submit]").click()
    expect(page.locator("#activation-form")).to_have_count(0)


def forget_proofs(named: Installation) -> None:
    """Let the quarter of an hour pass for which a proof is good."""
    with (
        embedded.start(named.data) as servers,
        psycopg.connect(servers.database_url.replace("+psycopg", "")) as connection,
    ):
        connection.execute("UPDATE member_sessions SET proved_at = proved_at - interval '1 hour'")

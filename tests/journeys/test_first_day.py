"""A new user's first day: connect an account, import its friends, cancel and resume, and gain a friend."""

from __future__ import annotations

import re
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.words import Words

pytestmark = pytest.mark.journey

FOLLOWERS = 1_500
ADMINISTRATOR = "admin@demo.tomoru.example"
_channels = count(2_100_000_001)


def sign_in(page: Page, demo: Installation, email: str = ADMINISTRATOR) -> None:
    """Be signed in, in a session that journeys share; one that ends its session has to use the form.

    No page is opened: drawing Home for each journey would take longer than many of them.
    """
    page.context.clear_cookies()
    page.context.add_cookies(demo.session_of(email))
    if not is_signed_in(page, demo):
        sign_in_by_form(page, demo, email)
        demo.keep_session(email, page.context.cookies())


def is_signed_in(page: Page, demo: Installation) -> bool:
    """Return whether a member's page opens without leading to the sign-in."""
    return page.request.get(f"{demo.url}/profile", max_redirects=0).status == 200


def sign_in_by_form(page: Page, demo: Installation, email: str = ADMINISTRATOR) -> None:
    """Start a session of this page's own."""
    page.goto(demo.url)
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill("tomoru-demo")
    page.locator("main button[type=submit].btn-primary").click()
    expect(page.locator("h1.page-title")).to_be_visible()


def open_channel(demo: Installation, name: str) -> tuple[str, str]:
    """A verified account at the sandbox, slow enough that a person can follow; returns its id and secret."""
    channel_id, secret = str(next(_channels)), f"{next(_channels):032x}"
    demo.sandbox(
        "POST",
        "/channels",
        {
            "name": name,
            "channel_id": channel_id,
            "secret": secret,
            "kind": "verified",
            "population": {"followers": FOLLOWERS},
            "latency": {"fixed_ms": 250},
        },
    )
    return channel_id, secret


def connect(page: Page, demo: Installation, say: Words, channel_id: str, secret: str) -> None:
    """Through the form, as a user does."""
    page.goto(f"{demo.url}/accounts/new")
    page.get_by_label(say("Channel ID")).first.fill(channel_id)
    page.get_by_label(say("Channel secret")).first.fill(secret)
    page.get_by_role("button", name=say("Connect"), exact=True).click()
    expect(page).to_have_url(re.compile(r"/accounts/\d+/settings"))


def start_import(page: Page, say: Words) -> None:
    section = page.locator("#friend-import")
    section.get_by_role("button", name=say("Import"), exact=True).click()
    dialog = page.get_by_role("dialog", name=say("Do you want to import LINE friends?"))
    dialog.get_by_role("button", name=say("Start Import")).click()
    # A small import may be over before this looks.
    begun = "|".join(re.escape(say(state)) for state in ("Processing", "Completed"))
    expect(section.get_by_role("status")).to_have_text(re.compile(begun))


def test_friends_are_imported_with_a_pause_and_a_new_one_appears(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    channel_id, secret = open_channel(demo, f"Journey {say('Friends')}")
    connect(page, demo, say, channel_id, secret)
    settings_url = page.url
    section = page.locator("#friend-import")
    expect(section.get_by_role("status")).to_have_text(say("Waiting"))

    start_import(page, say)
    # Progress is counted without a reload: the page object is the same, and the number grows.
    page.evaluate("window.notReloaded = true")
    expect(section.locator("progress[value]")).to_be_visible()
    expect(section).to_contain_text(re.compile(r"1[,，]?500"))

    section.get_by_role("button", name=say("Cancel"), exact=True).click()
    dialog = page.get_by_role("dialog", name=say("Do you want to cancel the import?"))
    dialog.get_by_role("button", name=say("Cancel"), exact=True).click()
    expect(section.get_by_role("status")).to_have_text(say("Waiting"), timeout=30_000)

    start_import(page, say)
    expect(section.get_by_role("status")).to_have_text(say("Completed"), timeout=60_000)
    assert page.evaluate("window.notReloaded") is True

    page.goto(settings_url.replace("/settings", "/friends"))
    expect(page.locator("#friends-total")).to_have_attribute("data-total", str(FOLLOWERS))

    phone = page.context.new_page()
    phone.goto(f"{demo.sandbox_url}/phone/{channel_id}")
    phone.locator("form[method=post] input[type=text], form[method=post] input:not([type])").first.fill("灯子 Tōko")
    phone.locator("form[method=post] button[type=submit]").first.click()
    phone.locator("#banner").get_by_role("button").first.click()
    expect(phone.locator("#banner")).to_be_hidden()

    page.evaluate("window.notReloaded = true")
    page.bring_to_front()
    newcomer = page.locator("#friends-list").get_by_role("link", name="灯子 Tōko")
    expect(newcomer).to_be_visible(timeout=30_000)
    assert page.evaluate("window.notReloaded") is True
    expect(page.locator("#friends-total")).to_have_attribute("data-total", str(FOLLOWERS + 1))

    newcomer.click()
    expect(page.locator("h1")).to_contain_text("灯子 Tōko")


def test_an_account_that_is_not_verified_has_no_import(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts")
    page.get_by_role("link", name="Kumo Bakery").first.click()
    page.goto(re.sub(r"/(friends|settings).*", "/settings", page.url))
    expect(page.get_by_role("heading", name=say("Check set-up"))).to_be_visible()
    expect(page.locator("#friend-import")).to_have_count(0)


def test_a_member_sees_only_what_was_granted(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo, "staff@demo.tomoru.example")
    page.goto(demo.url)
    for place in ("Members", "Workspace settings", "Audit log", "Outbox"):
        expect(page.locator("#side-menu").get_by_role("link", name=say(place), exact=True)).to_have_count(0)
    response = page.request.get(f"{demo.url}/members")
    assert response.status == 403

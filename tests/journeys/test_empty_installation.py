"""An installation in earnest: no demo, no sandbox, a first page that makes the first administrator, and passkeys."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.passkeys import EMAIL, PASSWORD, passkey_takes_the_place_of_password_and_code
from tests.journeys.words import words_in
from tests.support.axe import OF_COLOURS, faults
from tests.support.page_walk import IDLE

pytestmark = pytest.mark.journey


@pytest.fixture
def empty() -> Iterator[Installation]:
    # At a name, since browsers use no passkeys at a number.
    installation = Installation(demo=False, host="localhost")
    yield installation
    assert installation.stop() == 0


@pytest.mark.parametrize("reader", [("phone", "ja")], indirect=True, ids=["phone-ja"])
def test_the_first_administrator_invites_a_colleague_and_adds_a_passkey(page: Page, empty: Installation) -> None:
    """One story for all, since each new installation takes half a minute."""
    say, found = words_in("ja"), list[str]()

    def look() -> None:
        found.extend(_faults_in_both_themes(page))

    page.emulate_media(reduced_motion="reduce")
    page.goto(empty.url)
    expect(page).to_have_url(re.compile("/setup$"))
    link = re.search(r"First administrator: (\S+)", empty.output())
    assert link, "The start says where the first administrator is made."
    page.goto(link[1])
    look()
    page.locator("[name=workspace_name]").fill("灯る商店")
    page.locator("[name=name]").fill("あかり")
    page.locator("[name=email]").fill(EMAIL)
    for name in ("password", "repeat"):
        page.locator(f"[name={name}]").fill(PASSWORD)
    page.locator("main button[type=submit].btn-primary").click()
    expect(page.locator("#home-nothing-yet")).to_contain_text(say("Connect your LINE Official Account"))
    look()
    assert page.request.get(f"{empty.url}/setup").status == 404
    for path in ("accounts", "accounts/new", "members"):
        page.goto(f"{empty.url}/{path}")
        look()

    page.goto(f"{empty.url}/members/new")
    page.locator("[name=email]").fill("sam@example.com")
    if page.locator("[name=name]").count():
        page.locator("[name=name]").fill("Sam")
    page.locator("main button[type=submit].btn-primary").click()
    expect(page).to_have_url(re.compile(r"/members(?!/new)"))
    page.goto(f"{empty.url}/outbox")
    expect(page.locator("main")).to_contain_text("sam@example.com")
    look()
    assert not found, found

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", empty.port + 1)) != 0, "There must be no sandbox."
    passkey_takes_the_place_of_password_and_code(page, empty, say)


def _faults_in_both_themes(page: Page) -> list[str]:
    found = faults(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(IDLE)
    found += faults(page, None, OF_COLOURS)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(IDLE)
    return found

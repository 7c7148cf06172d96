"""An installation in earnest: no demo, no sandbox, and a first page that makes the first administrator."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.words import words_in

pytestmark = pytest.mark.journey


@pytest.fixture
def empty() -> Iterator[Installation]:
    installation = Installation(demo=False)
    yield installation
    assert installation.stop() == 0


@pytest.mark.parametrize("reader", [("phone", "ja")], indirect=True, ids=["phone-ja"])
def test_the_first_administrator_is_made_and_a_colleague_invited(page: Page, empty: Installation) -> None:
    say = words_in("ja")
    page.goto(empty.url)
    expect(page).to_have_url(re.compile("/setup$"))
    link = re.search(r"First administrator: (\S+)", empty.output())
    assert link, "The start says where the first administrator is made."
    page.goto(link[1])
    page.locator("[name=workspace_name]").fill("灯る商店")
    page.locator("[name=name]").fill("あかり")
    page.locator("[name=email]").fill("akari@example.com")
    for name in ("password", "repeat"):
        page.locator(f"[name={name}]").fill("ともしびの長い合言葉")
    page.locator("main button[type=submit].btn-primary").click()
    expect(page.locator("#home-nothing-yet")).to_contain_text(say("Connect your LINE Official Account"))
    assert page.request.get(f"{empty.url}/setup").status == 404

    page.goto(f"{empty.url}/members/new")
    page.locator("[name=email]").fill("sam@example.com")
    if page.locator("[name=name]").count():
        page.locator("[name=name]").fill("Sam")
    page.locator("main button[type=submit].btn-primary").click()
    expect(page).to_have_url(re.compile(r"/members(?!/new)"))
    page.goto(f"{empty.url}/outbox")
    expect(page.locator("main")).to_contain_text("sam@example.com")

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", empty.port + 1)) != 0, "There must be no sandbox."

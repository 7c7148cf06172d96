"""A workflow is made, filled in, saved and started in a browser that runs no script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import WIDTHS, Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words

pytestmark = pytest.mark.journey


@pytest.fixture(params=[("phone", "ja")], ids="-".join)
def reader(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def plain(page: Page, demo: Installation, chromium: Browser) -> Iterator[Page]:
    """A signed-in browser without script."""
    sign_in(page, demo)
    state = page.context.storage_state()
    context = chromium.new_context(
        java_script_enabled=False, storage_state=state, viewport=WIDTHS["phone"], locale="ja-JP"
    )
    yield context.new_page()
    context.close()


def test_a_workflow_is_edited_and_started(plain: Page, demo: Installation, say: Words) -> None:
    plain.goto(f"{demo.url}/workflows/new")
    plain.locator("#new-workflow-name").fill("Plain")
    plain.locator("main button[type=submit]").last.click()
    plain.get_by_role("link", name=say("Accounts and entry")).click()
    plain.get_by_role("checkbox", name="Tomoru Coffee").check()
    done(plain)
    add(plain, "#add-trigger-0", "message")
    plain.locator("#f-keywords-0").fill("plain words")
    done(plain)
    add(plain, "[id^=add-][id$=-next]", "delay")
    plain.locator("#f-mode-date").check()
    plain.locator("noscript button[value=keep]").click()
    expect(plain.locator("#f-field")).to_be_visible()
    plain.locator("#f-mode-amount").check()
    plain.locator("noscript button[value=keep]").click()
    plain.locator("#f-amount").fill("2")
    done(plain)
    add(plain, "#workflow-steps [id^=add-][id$=-next] >> nth=-1", "tag")
    plain.get_by_role("checkbox", name="VIP", exact=True).check()
    done(plain)
    plain.locator(".flow-step [id^=open-] >> nth=-1").click()
    plain.locator("[id^=up-]").click()
    expect(plain.locator(".flow-step .workflow-title").first).to_contain_text(say("Tag"))
    plain.locator("#save-workflow").click()
    plain.locator("#workflow-head noscript a", has_text=say("Start")).click()
    plain.locator("main button[type=submit].btn-primary").click()
    expect(plain.locator("#workflow-head")).to_contain_text(say("Active"))


def add(plain: Page, place: str, kind: str) -> None:
    """Follow the link at a place to what may be added, and press a kind."""
    plain.locator(place).first.click()
    plain.locator(f"button[name=kind][value={kind}]").click()


def done(plain: Page) -> None:
    """Leave a form as finished."""
    plain.locator(".step-foot button[value=done]").click()
    plain.wait_for_url("**#node-*")

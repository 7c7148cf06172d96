"""What is pressed is large enough: 24 pixels everywhere, 44 on a phone for what is pressed often.

The fixture of the page reads the browser's console, so none of these pages breaks the content policy either.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.workflow_pages import post

pytestmark = pytest.mark.journey
PAGES = [
    *("/", "/accounts", "/accounts/new", "/members", "/members/new", "/workspace", "/audit-log", "/outbox", "/profile"),
    *("/api-keys", "/accounts/1/friends", "/accounts/1/friends/3", "/accounts/1/segments"),
    *("/accounts/1/segments/1", "/accounts/1/segments/1?tab=history"),
    *("/accounts/1/segments/1/edit", "/accounts/1/segments/new", "/accounts/1/tags", "/accounts/1/attributes"),
    *("/accounts/1/settings", "/accounts/1/id-links", "/accounts/1/webhook-events"),
    *("/accounts/1/broadcasts", "/accounts/1/broadcasts/new", "/accounts/1/broadcasts/1", "/accounts/1/auto-messages"),
    *("/accounts/1/broadcasts/calendar", "/accounts/1/broadcasts/settings", "/accounts/1/auto-messages/new"),
    *("/accounts/1/rich-menus", "/accounts/1/rich-messages", "/accounts/1/card-messages"),
    *("/workflows", "/workflows/new", "/workflows/2", "/workflows/2/runs", "/workflows/2/start"),
    *("/workflows/1/steps/coupon", "/workflows/1/test", "/workflows/2/test", "/workflows/2/replays"),
    *("/workflows/templates", "/workflows/templates/survey", "/workflows/import"),
    *("/accounts/1/qr-codes", "/accounts/1/qr-codes/new"),
    *("/help", "/help?q=tag", "/help/segments"),
    *("/integrations", "/integrations/hubspot/connect", "/integrations/hubspot/app"),
]
# A link in a line of text is as high as the line, and a box is as large as its label. `often` is what fingers are for.
SMALL = """often => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => !one.matches("[type=hidden], .visually-hidden, .skip-link"))
  .filter((one) => !(one.matches("a") && getComputedStyle(one).display === "inline"))
  .map((one) => [one, (one.matches("[type=checkbox], [type=radio]") && one.closest("label")) || one])
  .filter(([one, seen]) => {
    const { width, height, right } = seen.getBoundingClientRect();
    const least = often && one.matches(".btn, .form-control, .form-select, .nav-link, .navbar-toggler") ? 44 : 24;
    return right > 0 && width > 0 && (height < least - 0.5 || width < 23.5);
  })
  .map(([one]) => one.outerHTML.slice(0, 120))"""


@pytest.fixture(params=[("desktop", "en"), ("phone", "ja")], ids="-".join)
def reader(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param  # type: ignore[no-any-return]


def test_what_is_pressed_is_large_enough(page: Page, demo: Installation, reader: tuple[str, str]) -> None:
    small = {"/sign-in": _small(page, demo, "/sign-in", reader)}
    sign_in(page, demo)
    page.goto(f"{demo.url}/workflows")
    post(page, f"{demo.url}/workflows/1/test", account="1", trigger="added", who="invented")
    small |= {path: _small(page, demo, path, reader) for path in PAGES}
    assert not any(small.values()), {path: found for path, found in small.items() if found}


def _small(page: Page, demo: Installation, path: str, reader: tuple[str, str]) -> list[str]:
    answer = page.goto(demo.url + path)
    assert answer and answer.ok, path
    expect(page.locator("h1").first).to_be_visible()
    return page.evaluate(SMALL, reader[0] == "phone")  # type: ignore[no-any-return]

"""Two members in two browsers: one takes the workflow over, and the other loses nothing and overwrites nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browser_arguments import ARGUMENTS
from tests.journeys.conftest import CHROMIUM, WIDTHS, Installation
from tests.journeys.test_builder import add, begin, done
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words, words_in
from tests.journeys.workflow_pages import post

pytestmark = pytest.mark.journey
COLLEAGUE, EMAIL = "Hana Mori", "hana@example.com"


@pytest.fixture(params=[("desktop", "en")], ids="-".join)
def reader(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def colleague(page: Page, demo: Installation, chromium: Browser) -> Iterator[Page]:
    """Another member, in a browser of their own on a phone and in Japanese."""
    sign_in(page, demo)
    page.goto(demo.url)
    post(page, f"{demo.url}/members", email=EMAIL, name=COLLEAGUE, role="administrator", scope="all")
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    window = browser.new_page(viewport=WIDTHS["phone"], locale="ja-JP")
    window.set_default_timeout(15_000)
    window.goto(demo.url + invitation(page, demo))
    window.locator("#invitation-form [name=name]").fill(COLLEAGUE)
    for field in window.locator("input[type=password]").all():
        field.fill("takes over in a moment")
    window.locator("#invitation-form button[type=submit]").click()
    expect(window.locator("h1.page-title")).to_be_visible()
    yield window
    browser.close()


def invitation(page: Page, demo: Installation) -> str:
    """Return the path of the newest invitation, which a worker writes into the outbox."""
    for _again in range(60):
        page.goto(f"{demo.url}/outbox")
        found = re.search(r"/invitations/[\w.-]+", page.locator("main").text_content() or "")
        if found:
            return found[0]
        page.wait_for_timeout(200)
    raise AssertionError("The invitation does not stand in the outbox.")


def test_who_is_taken_over_loses_nothing_and_overwrites_nothing(
    request: pytest.FixtureRequest, page: Page, demo: Installation, say: Words, colleague: Page
) -> None:
    # Of what is refused.
    request.node.expected_problems = ("409",)
    ja = words_in("ja")
    workflow = begin(page, demo, "Taken over")
    add(page, "#add-trigger-0", "message")
    page.locator("#f-keywords-0").fill("kept")
    done(page)
    trigger = (page.locator(".is-trigger").get_attribute("id") or "").removeprefix("node-")
    page.locator(f"#open-{trigger}").click()
    page.locator("#f-keywords-0").fill("sent")
    page.locator("#f-keywords-0").press("Tab")
    expect(page.locator(f"#node-{trigger}")).to_contain_text("sent")
    # Typed, and not sent yet.
    page.locator("#f-keywords-0").fill("sent later")

    colleague.goto(workflow)
    expect(colleague.locator("#workflow-held")).to_contain_text(
        ja("%(name)s is editing this workflow.", name="灯 あかり")
    )
    expect(colleague.locator(".flow-add")).to_have_count(0)
    colleague.locator("#take-over").click()
    expect(colleague.locator("#workflow-held")).to_have_count(0)
    expect(colleague.locator(f"#node-{trigger}")).to_contain_text("sent")
    add(colleague, f"#add-{trigger}-next", "stop")
    colleague.locator("#close-panel").click()

    # The other one is told without doing anything, and still has what they type.
    expect(page.locator("#workflow-held")).to_contain_text(COLLEAGUE, timeout=30_000)
    expect(page.locator(".flow-add")).to_have_count(0)
    expect(page.locator(".workflow-card")).to_have_count(3)
    expect(page.locator("#f-keywords-0")).to_have_value("sent later")
    for button in ("#undo", "#redo", "#save-workflow:enabled"):
        expect(page.locator(button)).to_have_count(0)
    page.locator(".step-foot button[value=done]").click()
    expect(page.locator("#step-conflict")).to_contain_text(COLLEAGUE)
    expect(page.locator("#f-keywords-0")).to_have_value("sent later")
    colleague.reload()
    expect(colleague.locator(f"#node-{trigger}")).not_to_contain_text("later")

    # They take over in turn; the step of the colleague stays.
    page.locator("#step-conflict button[name=take_over]").click()
    expect(page.locator("#step-conflict")).to_have_count(0)
    expect(page.locator(f"#node-{trigger}")).to_contain_text("sent later")
    expect(page.locator(".workflow-card")).to_have_count(3)
    colleague.reload()
    expect(colleague.locator("#workflow-held")).to_be_visible()
    expect(colleague.locator(f"#node-{trigger}")).to_contain_text("sent later")

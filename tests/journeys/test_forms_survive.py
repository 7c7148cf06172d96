"""What was typed survives: sign-outs and sign-ins in other tabs, other members, confirmations, lost connections."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.seeds import known
from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in, sign_in_by_form
from tests.journeys.words import Words

pytestmark = pytest.mark.journey

PROOF = {"X-Tomoru": "1", "X-Unsent": "proof", "HX-Redirect": "/confirmation?next=/api-keys"}
BOTH = pytest.mark.parametrize("reader", [("desktop", "en"), ("phone", "ja")], ids="-".join, indirect=True)

LOST = (
    "The server did not answer, so it is not known whether this was saved. "
    "Check your connection, and look before you send it again."
)


@pytest.fixture(params=[("desktop", "en")], ids="-".join)
def reader(request: pytest.FixtureRequest) -> tuple[str, str]:
    request.node.expected_problems = ("Failed to load resource", "Failed to fetch")
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def typed(request: pytest.FixtureRequest) -> str:
    """A name that no other journey gives."""
    return f"Typed {request.node.name}"[:60]


@pytest.fixture
def editor(page: Page, demo: Installation, typed: str) -> Page:
    """A segment under way."""
    sign_in_by_form(page, demo)
    page.goto(f"{demo.url}/accounts/1/segments/new")
    page.locator("#property-0-0").select_option("company")
    page.locator("#value-0-0").fill("Tomoru")
    page.locator("[name=name]").fill(typed)
    return page


@contextmanager
def other_tab(page: Page, demo: Installation) -> Iterator[Page]:
    """Another tab of the same browser."""
    tab = page.context.new_page()
    tab.goto(f"{demo.url}/profile")
    yield tab
    tab.close()


def sign_out(tab: Page) -> None:
    tab.locator('form[action="/sign-out"] button').dispatch_event("click")
    expect(tab.locator("#sign-in-form")).to_be_visible()


def save(page: Page) -> None:
    page.locator(".save-bar button[type=submit]").click()


def expect_saved(page: Page, name: str) -> None:
    """The segment's own page, or its editor, bears the name; it is removed again."""
    page.wait_for_url(lambda url: "/new" not in url)
    expect(page.locator("h1")).to_have_text(name)


def unsent(page: Page) -> str:
    """What the page says of a form that did not go through."""
    expect(page.locator("#unsent")).to_be_visible()
    return page.locator("#unsent-sentence").inner_text()


def test_signed_out_and_in_again_in_another_tab_the_form_goes_through(
    editor: Page, demo: Installation, typed: str
) -> None:
    with other_tab(editor, demo) as tab:
        sign_out(tab)
        sign_in_by_form(tab, demo)
    save(editor)
    expect_saved(editor, typed)


@BOTH
def test_signed_out_the_form_waits_for_the_sign_in(editor: Page, demo: Installation, say: Words, typed: str) -> None:
    with other_tab(editor, demo) as tab:
        sign_out(tab)
    save(editor)
    assert unsent(editor) == say(
        "You are signed out. What you typed is kept: sign in again in a new tab, then send it here."
    )
    with editor.context.expect_page() as opened:
        editor.get_by_role("link", name=say("Sign in in a new tab")).click()
    fill_sign_in(opened.value, "admin@demo.tomoru.example")
    expect(opened.value.locator("h1")).to_have_text(say("You can go on"))
    # The page goes on by itself.
    expect_saved(editor, typed)


def test_another_member_does_not_see_or_save_the_form(editor: Page, demo: Installation, say: Words, typed: str) -> None:
    with other_tab(editor, demo) as tab:
        sign_out(tab)
        fill_sign_in(tab, "staff@demo.tomoru.example")
        expect(tab.locator("h1")).not_to_have_text(say("Sign in"))
        save(editor)
        expect(editor.locator("#unsent")).to_contain_text(say("Reload the page"), use_inner_text=True)
        expect(editor.locator("[name=name]")).to_be_hidden()
        editor.keyboard.press("Escape")
        expect(editor.locator("#unsent")).to_be_visible()
        tab.goto(f"{demo.url}/profile")
        sign_out(tab)
        sign_in_by_form(tab, demo)
    # What was typed is to be seen again, and saved, by the member who typed it.
    editor.get_by_role("button", name=say("Send again")).click()
    expect(editor.locator("#unsent")).to_be_hidden()
    expect_saved(editor, typed)


def test_a_confirmation_in_between_keeps_what_was_typed(page: Page, demo: Installation, say: Words, typed: str) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/api-keys")
    page.locator("[name=name]").fill(typed)
    page.locator("[name=scopes]").first.check()
    page.route("**/api-keys", lambda route: route.fulfill(status=204, headers=PROOF))
    page.locator("#api-key-form button[type=submit]").click()
    assert unsent(page) == say("This is sensitive. Confirm in a new tab that it is you, then send it here.")
    page.unroute("**/api-keys")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=say("Confirm in a new tab")).click()
    expect(opened.value.locator("h1")).to_have_text(say("You can go on"))
    expect(page.locator("#api-keys")).to_contain_text(typed)


def test_a_lost_connection_keeps_the_form_and_sends_it_again(editor: Page, say: Words, typed: str) -> None:
    def lose(route: Route) -> None:
        route.abort("connectionreset")

    editor.route("**/accounts/1/segments", lose)
    save(editor)
    assert unsent(editor) == say(LOST)
    editor.get_by_role("button", name=say("Back to the page")).click()
    expect(editor.locator("[name=name]")).to_have_value(typed)
    save(editor)
    unsent(editor)
    editor.unroute("**/accounts/1/segments")
    editor.get_by_role("button", name=say("Send again")).click()
    expect_saved(editor, typed)


@pytest.mark.parametrize("status", [413, 503])
def test_what_a_proxy_answers_keeps_the_form(editor: Page, say: Words, status: int, typed: str) -> None:
    editor.route("**/accounts/1/segments", lambda route: route.fulfill(status=status, body="<h1>nginx</h1>"))
    save(editor)
    assert str(status) in unsent(editor)
    editor.get_by_role("button", name=say("Back to the page")).click()
    expect(editor.locator("[name=name]")).to_have_value(typed)


SAID = {
    "X-Tomoru": "1",
    "HX-Reswap": "none",
    "HX-Trigger": '{"toast": {"toasts": [{"kind": "error", "message": "Wait."}]}}',
}


def trouble(status: int) -> Callable[[Route], None]:
    """Answer with a trouble of a moment, as Tomoru says it."""
    return lambda route: route.fulfill(status=status, headers=SAID)


def test_troubles_a_session_that_is_over_and_a_suspension_keep_what_was_typed(
    page: Page, demo: Installation, say: Words, typed: str, chromium: Browser
) -> None:
    """One form goes through a limit of requests, a database that is away, a session that ended, and a suspension."""
    page.goto(f"{demo.url}/profile")
    fill_sign_in(page, "staff@demo.tomoru.example")
    name = page.locator("#profile-form [name=name]")
    name.fill(typed)
    back = page.get_by_role("button", name=say("Back to the page"))
    for status in (429, 503):
        page.route("**/profile", trouble(status))
        page.locator("#profile-form button[type=submit]").click()
        assert unsent(page) == "Wait."
        back.click()
        page.unroute("**/profile")
    page.context.clear_cookies()
    page.locator("#profile-form button[type=submit]").click()
    assert unsent(page).startswith(say("You are signed out."))
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=say("Sign in in a new tab")).click()
    fill_sign_in(opened.value, "staff@demo.tomoru.example")
    expect(page.locator("#unsent")).to_be_hidden()
    expect(page.locator(".toast-line")).to_be_visible()
    # The page is another one, whose script has to be there before it knows of changes.
    page.wait_for_load_state("networkidle")
    # Other journeys know the member by their name.
    name.fill(known.STAFF[1])
    with page.expect_response("**/profile"):
        page.locator("#profile-form button[type=submit]").click()
    page.wait_for_load_state("networkidle")
    name.fill(f"{typed} 2")
    with suspended(chromium, demo, page):
        page.locator("#profile-form button[type=submit]").click()
        assert unsent(page) == say(
            "Your access was suspended or removed, so this cannot be saved. Copy what you still need."
        )
        expect(name).to_have_value(f"{typed} 2")


def fill_sign_in(tab: Page, email: str) -> None:
    tab.wait_for_load_state("networkidle")
    tab.locator("[name=email]").fill(email)
    tab.locator("[name=password]").fill("tomoru-demo")
    tab.locator("#sign-in-form button[type=submit]").click()


@contextmanager
def suspended(chromium: Browser, demo: Installation, page: Page) -> Iterator[None]:
    """The member of the page is suspended by an administrator in another browser, and reactivated afterwards."""
    admin = chromium.new_context().new_page()
    sign_in(admin, demo)
    admin.goto(f"{demo.url}/members")
    link = admin.locator("main tr", has_text="staff@demo.tomoru.example").locator("a[href*='/members/']").first
    member = re.sub(r"/edit$", "", link.get_attribute("href") or "")
    for step in ("suspension", "reactivation"):
        form = {"csrf_token": admin.locator("meta[name=csrf-token]").get_attribute("content") or ""}
        assert admin.request.post(f"{demo.url}{member}/{step}", form=form).ok
        if step == "suspension":
            yield
    admin.context.close()

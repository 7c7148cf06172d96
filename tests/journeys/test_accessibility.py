"""axe-core finds no serious or critical fault on any page: both themes, both widths, dialogs open, lists empty.

All pages are seen in English, those of an account once more in Japanese, where its lists are empty; the pages of a new
installation are seen by test_empty_installation.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from app.seeds import known
from tests.journeys.conftest import Installation
from tests.journeys.hubspot import approve_hubspot
from tests.journeys.test_first_day import connect, sign_in
from tests.journeys.words import words_in
from tests.journeys.workflow_pages import draft, fill_in, post
from tests.support.axe import faults
from tests.support.page_routes import PageRoutes
from tests.support.page_walk import DESKTOP, PageWalk

pytestmark = pytest.mark.journey

COFFEE_SHOP = 1
# Answers of these are files or for programs, and never a page.
NO_PAGES = {
    "qr_scans.scan",
    "tracked.follow",
    "tracked.image",
    "tracked.resized",
}
# Files of messages: pages link to them where a message has one.
PICTURES = {
    *("chat.file", "chat.picture", "received_files.show"),
    *("downloads.content", "downloads.show", "help.picture", "public_media.resized", "public_media.show"),
}
# Their addresses hold a token that is sent by e-mail, or made by the tap on a link.
WITH_TOKEN = {"invitations.show", "liff.visit", "password_resets.edit", "qr_scans.page"}
# Its address holds what a run has sent, and the run of this walk sends nothing.
WITH_SEND = {"workflow_runs.message"}
NOTHING_FOUND = ("friends?search=zzz", "tags?search=zzz", "segments?search=zzz", "id-links?search=zzz")


@pytest.fixture
def window(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A browser window without animations, in English or in the language of the test."""
    locale = getattr(request, "param", "en-US")
    context = chromium.new_context(viewport=DESKTOP, reduced_motion="reduce", color_scheme="light", locale=locale)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def write_to(demo: Installation, channel_id: str) -> None:
    """Let a friend write, so that there is a received event."""
    path = f"/channels/{channel_id}/friends"
    friend = demo.sandbox("GET", f"{path}?state=friend&limit=1")["friends"][0]["user_id"]
    said = {"type": "text", "text": "Is the shop open?"}
    demo.sandbox("POST", f"{path}/{friend}/acts", {"act": "message", "message": said, "wait": 5})


def make_workflow(page: Page, demo: Installation) -> str:
    """Store a workflow through which a friend has run; returns its path."""
    page.goto(f"{demo.url}/workflows")
    post(page, f"{demo.url}/workflows/folders", name="Seasons")
    address = post(page, f"{demo.url}/workflows", name="Walk")
    fill_in(page, address)
    post(page, f"{address}/start")
    post(page, f"{address}/template", name="Walk")
    post(page, f"{address}/replays", first="2026-01-05", last="2026-01-11")
    friends = f"/channels/{known.COFFEE.channel_id}/friends"
    friend = demo.sandbox("POST", friends, {"display_name": "Walker"})["user_id"]
    demo.sandbox("POST", f"{friends}/{friend}/acts", {"act": "add", "wait": 5})
    for _again in range(100):
        page.goto(f"{address}/runs")
        if page.locator("a[href*='/runs/']").count():
            break
        page.wait_for_timeout(200)
    return address.removeprefix(demo.url)


def note_on(page: Page, demo: Installation) -> str:
    """Put a note on the newest conversation; returns its path."""
    page.goto(f"{demo.url}/chat")
    path = page.locator(".chat-link").first.get_attribute("href") or ""
    post(page, f"{demo.url}{urlsplit(path).path}/notes", note="Comes by car.")
    return urlsplit(path).path


def trigger_of(page: Page) -> str:
    """Return the first trigger that the form of a test run offers."""
    return page.locator("input[name=trigger]").first.get_attribute("value") or ""


def test_axe_sees_a_fault_where_there_is_one(window: Page, demo: Installation) -> None:
    window.goto(f"{demo.url}/sign-in")
    assert faults(window) == []
    window.evaluate("document.querySelector('h1, h2').style.color = '#ccc'")
    [found] = faults(window)
    assert found.startswith("color-contrast:")


@pytest.mark.parametrize(
    ("where", "colour", "place"),
    [
        ("(width > 1000px) and (prefers-color-scheme: light)", "#ccc", "page"),
        ("(width > 1000px) and (prefers-color-scheme: dark)", "#333", "page (dark)"),
        ("(width < 1000px) and (prefers-color-scheme: light)", "#ccc", "page (phone)"),
        ("(width < 1000px) and (prefers-color-scheme: dark)", "#333", "page (phone, dark)"),
    ],
)
def test_a_colour_is_seen_in_one_theme_at_one_width(
    window: Page, demo: Installation, where: str, colour: str, place: str
) -> None:
    walk = PageWalk(window, demo.url)
    window.goto(f"{demo.url}/sign-in")
    style = f"@media {where} {{ h1, h2 {{ color: {colour} !important }} }}"
    window.evaluate(
        "(style) => { document.adoptedStyleSheets = [new CSSStyleSheet()]; "
        "document.adoptedStyleSheets[0].replaceSync(style) }",
        style,
    )
    walk.look_around("page")
    assert [line.partition(": color-contrast:")[0] for line in walk.found] == [place]


@pytest.mark.timeout(1_500)
def test_every_page_of_an_administrator(window: Page, demo: Installation) -> None:
    sign_in(window, demo)
    window.goto(demo.url)
    segments = f"{demo.url}/accounts/{COFFEE_SHOP}/segments"
    folder = post(window, f"{segments}/folders", name="Seasons").rpartition("folder=")[2]
    write_to(demo, known.COFFEE.channel_id)
    chat = note_on(window, demo)
    workflow = make_workflow(window, demo)
    draft(window, demo.url, "Survey")
    approval = approve_hubspot(window, demo)
    before, walk = PageWalk(window, demo.url), PageWalk(window, demo.url)
    if approval.endswith("/confirmation"):
        # What a connected account has is shown only once it is confirmed.
        before.look_at(approval)
        window.goto(demo.url)
        before.look_at(urlsplit(post(window, f"{demo.url}{approval}", accounts=str(COFFEE_SHOP))).path)
    first = (f"{segments}/folders/{folder}/edit", chat, workflow, f"{workflow}/runs")
    walk.from_("/", *first, account_id=COFFEE_SHOP)
    window.goto(f"{demo.url}{workflow}/test")
    post(window, f"{demo.url}{workflow}/test", account=str(COFFEE_SHOP), trigger=trigger_of(window), who="invented")
    walk.look_at(f"{workflow}/test")
    assert before.found + walk.found == []
    assert set(PageRoutes().access) - walk.visited - PICTURES == NO_PAGES | WITH_TOKEN | WITH_SEND


@pytest.mark.parametrize("window", ["ja-JP"], indirect=True)
def test_an_account_without_friends_and_searches_without_results(window: Page, demo: Installation) -> None:
    channel = {"name": "Empty", "channel_id": "2200000001", "secret": "e" * 32, "kind": "unverified"}
    demo.sandbox("POST", "/channels", {**channel, "population": {"followers": 0}})
    sign_in(window, demo)
    connect(window, demo, words_in("ja"), channel["channel_id"], channel["secret"])
    account_id = int(window.url.split("/accounts/")[1].partition("/")[0])
    walk = PageWalk(window, demo.url, only_accounts=True)
    walk.from_(f"/accounts/{account_id}/friends", account_id=account_id)
    for path in NOTHING_FOUND:
        walk.look_at(f"/accounts/{COFFEE_SHOP}/{path}")
    assert walk.found == []


def test_pages_of_strangers(window: Page, demo: Installation, chromium: Browser) -> None:
    paths = ["/sign-in", "/password-resets/new", *tokens(chromium, demo)]
    walk = PageWalk(window, demo.url)
    for path in paths:
        walk.look_at(path)
    window.goto(f"{demo.url}/sign-in")
    refuse(window)
    walk.look_around("/sign-in, refused")
    walk.look_at("/nothing-here")
    assert walk.found == []


def tokens(chromium: Browser, demo: Installation) -> list[str]:
    """Paths of an invitation and of a link that sets a new password, from the outbox."""
    page = chromium.new_context().new_page()
    page.goto(f"{demo.url}/password-resets/new")
    post(page, f"{demo.url}/password-resets/new", email="admin@demo.tomoru.example")
    sign_in(page, demo)
    page.goto(demo.url)
    post(page, f"{demo.url}/members", email="axe@example.com", name="Axe", role="administrator", scope="all")
    # A worker writes the second e-mail, and the outbox shows what is there when it is opened.
    for path in ("/invitations/", "/password-resets/"):
        page.goto(f"{demo.url}/outbox")
        for _again in range(100):
            if path in page.content():
                break
            page.wait_for_timeout(200)
            page.reload()
        expect(page.locator("main")).to_contain_text(path)
    found = re.findall(r"/(?:invitations|password-resets)/[\w.-]+", page.locator("main").text_content() or "")
    page.context.close()
    return list({path.rsplit("/", 1)[0]: path for path in found}.values())


def test_refusals_and_errors_of_a_member(window: Page, demo: Installation) -> None:
    sign_in(window, demo)
    walk = PageWalk(window, demo.url)
    for path in ("/members/new", "/accounts/new", f"/accounts/{COFFEE_SHOP}/segments/new"):
        window.goto(demo.url + path)
        refuse(window)
        walk.look_around(f"{path}, refused")
    window.goto(f"{demo.url}/accounts/{COFFEE_SHOP}/segments/1/edit")
    window.locator("#property-0-0").select_option("line.display_name")
    window.locator("#segment-preview").evaluate("one => { one.dataset.awaited = '' }")
    walk.look_around("old preview")
    window.goto(f"{demo.url}/accounts/{COFFEE_SHOP}/friends")
    window.locator("[name=friend]").first.check()
    walk.look_around("friends chosen")
    walk.look_at("/nothing-here")
    sign_in(window, demo, "staff@demo.tomoru.example")
    for path in ("/", "/members", f"/accounts/{COFFEE_SHOP}/settings"):
        walk.look_at(path)
    assert walk.found == []


def refuse(page: Page) -> None:
    """Send the page's form as it is, although the browser would stop it."""
    page.evaluate("""() => { for (const form of document.querySelectorAll("main form")) form.noValidate = true }""")
    page.locator("main form button[type=submit].btn-primary").last.evaluate("one => one.click()")
    expect(page.locator(".is-invalid, .alert-danger, .invalid-feedback, .text-danger").first).to_be_visible()

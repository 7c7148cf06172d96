"""Long selections behind a proxy, in a browser: whatever refuses a request, the page and its ticks stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import text

from app.core.db import db
from tests.journeys.conftest import CHROMIUM

# The list of friends filters by 400 at most, and says so.
FEW, MANY = 300, 1_000
# Longer than a head of any web server.
TOO_LONG = 9_000
# Cookies that no server takes, each as long as a browser allows.
LARGE_COOKIES = 3, 4_000
PATIENCE = 30_000
NEXT = "#friends-list .pager .btn-list > a:last-child"

_TICK = """numbers => {
    const boxes = numbers.map(number => `<input type="checkbox" name="tag" value="${number}" checked>`);
    document.querySelector("#tag-choices").innerHTML = boxes.join("");
    document.querySelector("#tag-choices input").dispatchEvent(new Event("change", {bubbles: true}));
}"""
_ASK = """address => {
    const source = document.querySelector("#friends-list");
    window.htmx.ajax("GET", address, {source, target: "#friends-list", swap: "outerHTML"});
}"""
_TICKED = "document.querySelectorAll('#tag-choices input:checked').length"
# Present only while the page is as this test has left it.
_MARK = "document.querySelector('#friends-list').dataset.mark = '1'"
_IS_MARKED = "document.querySelector('#friends-list')?.dataset.mark === '1'"


def store_tags(account_id: int) -> None:
    """Store so many tags; every friend has the first one."""
    insert = "INSERT INTO tags (account_id, name) SELECT :id, 'Tag ' || n FROM generate_series(1, :number) AS n"
    db.session.execute(text(insert), {"id": account_id, "number": MANY})
    tagged = "INSERT INTO friend_tags (tag_id, friend_id) SELECT (SELECT min(id) FROM tags), id FROM friends LIMIT 120"
    db.session.execute(text(tagged))
    db.session.commit()


def long_selections(port: int, account_id: int, cookies: str, stop_web: Callable[[], None]) -> list[str]:
    """Tick many tags, and let proxy and web server refuse requests; the web is stopped for the last one."""
    numbers = list(db.session.execute(text("SELECT id FROM tags ORDER BY id")).scalars())
    db.session.rollback()
    address = f"https://localhost:{port}"
    with _page(address, cookies) as page:
        page.goto(f"{address}/accounts/{account_id}/friends")
        faults = _ticked(page, numbers[:FEW], 200) + _second_page(page) + _ticked(page, numbers, 422)
        page.evaluate(_MARK)
        path = f"/accounts/{account_id}/friends"
        faults += _refused(page, f"{path}?search={'x' * TOO_LONG}", {414, 400, 431})
        with _large_cookies(page, address):
            faults += _refused(page, path, {400, 431, 494})
        stop_web()
        return faults + _refused(page, path, {502, 503})


def _ticked(page: Page, numbers: list[int], expected: int) -> list[str]:
    """Tick these, which the list then asks with."""
    with page.expect_response(lambda answer: answer.request.method == "POST", timeout=PATIENCE) as answered:
        page.evaluate(_TICK, numbers)
    status, left = answered.value.status, _ticks(page)
    is_there = page.locator("#friends-list").count() == 1
    claims = {
        f"{len(numbers)} ticked tags were answered with {status}": status == expected,
        f"of {len(numbers)} ticks {left} are left": left == len(numbers),
        f"{len(numbers)} ticked tags replaced the list": is_there,
    }
    return [words for words, holds in claims.items() if not holds]


def _second_page(page: Page) -> list[str]:
    """The address of a long selection opens by itself: on the next page, and when a poll asks."""
    page.wait_for_selector(NEXT, timeout=PATIENCE)
    with page.expect_response(lambda answer: "/friends" in answer.url, timeout=PATIENCE) as answered:
        page.locator(NEXT).click()
    return [] if answered.value.ok else [f"the second page of a long selection: {answered.value.status}"]


def _refused(page: Page, path: str, expected: set[int]) -> list[str]:
    """Ask in a way that is refused outside the program; a list that has gone was told before."""
    if not page.evaluate(_IS_MARKED):
        return []
    before = _ticks(page)
    with page.expect_response(lambda answer: answer.url.endswith(path), timeout=PATIENCE) as answered:
        page.evaluate(_ASK, path)
    status = answered.value.status
    page.wait_for_timeout(300)
    claims = {
        f"it was answered with {status}, not one of {sorted(expected)}": status in expected,
        f"an answer of {status} replaced the list": page.evaluate(_IS_MARKED),
        f"an answer of {status} lost ticks": _ticks(page) == before,
    }
    return [words for words, holds in claims.items() if not holds]


def _ticks(page: Page) -> int:
    return int(page.evaluate(_TICKED))


@contextmanager
def _large_cookies(page: Page, address: str) -> Iterator[None]:
    number, size = LARGE_COOKIES
    names = [f"large{one}" for one in range(number)]
    page.context.add_cookies([{"name": name, "value": "x" * size, "url": address} for name in names])
    yield
    for name in names:
        page.context.clear_cookies(name=name)


@contextmanager
def _page(address: str, cookies: str) -> Iterator[Page]:
    """A browser of the member who is signed in."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        context = browser.new_context(ignore_https_errors=True)
        pairs = [cookie.partition("=") for cookie in cookies.split("; ")]
        context.add_cookies([{"name": name, "value": value, "url": address} for name, _, value in pairs])
        yield context.new_page()
        browser.close()

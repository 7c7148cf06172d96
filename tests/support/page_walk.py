"""A walk over all pages of the console that finds them by itself, and looks at each with axe-core."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Error, Page, Response, ViewportSize

from tests.support.axe import OF_COLOURS, faults, faults_of_colours, keep_looks
from tests.support.page_routes import PageRoutes

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
_ADDRESSES = """() => [...document.querySelectorAll("a[href], [hx-get], [hx-post]")].flatMap((one) =>
  [one.getAttribute("href"), one.getAttribute("hx-get")]).filter(Boolean)"""
_DIALOGS = "() => [...document.querySelectorAll('[command=show-modal]')].map((one) => one.getAttribute('commandfor'))"
_DRAWERS = """() => [...document.querySelectorAll("[aria-haspopup=dialog][hx-get]")]
  .filter((one) => one.checkVisibility()).map((one) => one.getAttribute("hx-get"))"""
_MENUS = """() => [...document.querySelectorAll("[data-menu-target=button]")].map((one, at) =>
  [at, one.checkVisibility() ? one.textContent.trim() : ""])"""
# Nothing is asked for, and nothing moves but what always does or follows the scrolling.
IDLE = """() => !document.querySelector(".htmx-request") && !document.getAnimations().some((one) =>
  one.playState === "running" && one.timeline === document.timeline &&
  one.effect?.getTiming().iterations !== Infinity)"""
# The page's own script follows the theme a moment later.
_IN_THEME = """(wanted) => {
  const { theme, bsTheme } = document.documentElement.dataset;
  return theme !== "system" || bsTheme === wanted;
}"""


class PageWalk:
    """From address to address, once for each route: `found` are the faults, `visited` the endpoints that answered.

    With `only_accounts` pages that belong to no account are left out.
    """

    def __init__(self, page: Page, origin: str, *, only_accounts: bool = False) -> None:
        self.page, self.origin, self.routes, self.only_accounts = page, origin, PageRoutes(), only_accounts
        self.found: list[str] = []
        self.visited: set[str] = set()
        self._waiting: list[str] = []
        self._opened: set[str] = set()
        self._values: dict[tuple[int | None, str], Any] = {}

    def from_(self, *paths: str, account_id: int) -> None:
        """Look at these pages and at all to which they lead, within one account."""
        self._waiting += paths
        while self._waiting or self._fill_in(account_id):
            url = self._waiting.pop(0)
            match = self._own(url, account_id)
            if match:
                self._remember(match[1])
                if match[0] not in self.visited:
                    self._visit(url, match[0])

    def _own(self, url: str, account_id: int) -> tuple[str, dict[str, Any]] | None:
        """Endpoint and values of an address of this console that belongs to no other account than the wanted one."""
        if urlsplit(urljoin(self.origin, url)).netloc != urlsplit(self.origin).netloc:
            return None
        match = self.routes.match(url)
        wanted = match and match[1].get("account_id", None if self.only_accounts else account_id) == account_id
        return match if wanted else None

    def _remember(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            self._values.setdefault((values.get("account_id"), name), value)

    def _fill_in(self, account_id: int) -> bool:
        """Put routes to which no link led into the line, with the values that other addresses had."""
        known = {name: value for (account, name), value in self._values.items() if account in {account_id, None}}
        for endpoint in sorted(set(self.routes.access) - self.visited):
            path = self.routes.build(endpoint, known)
            if path and path not in self._opened:
                self._opened.add(path)
                self._waiting.append(path)
        return bool(self._waiting)

    def _visit(self, url: str, endpoint: str) -> None:
        self.visited.add(endpoint)
        answer = self._open(url)
        if answer is None:
            return
        text = answer.text() if "text/html" in answer.headers.get("content-type", "") else ""
        self._waiting += re.findall(r"""(?:href|hx-get)=["']([^"'#]+)""", text.replace("&amp;", "&"))
        there = self.routes.match(answer.url)
        if answer.status != 200 or "<html" not in text or (there and there[0] != endpoint and there[0] in self.visited):
            return
        self._look(url)

    def _open(self, url: str) -> Response | None:
        """Open an address; return its answer, or None when that is empty, or a file which the browser saves."""
        whole = urljoin(self.origin, url)
        try:
            return self.page.goto(whole)
        except Error as problem:
            is_empty = self.page.request.get(whole).status == HTTPStatus.NO_CONTENT
            if is_empty or "Download is starting" in problem.message:
                return None
            raise

    def look_at(self, url: str) -> None:
        """Open one page and look at it, and at what can be opened on it."""
        self._open(url)
        self._look(url)

    def _look(self, url: str) -> None:
        self._waiting += self.page.evaluate(_ADDRESSES)
        name = urlsplit(url).path
        self.look_around(name)
        for part, selector in self._open_parts():
            self._examine(f"{name}, {part}", selector)

    def look_around(self, name: str) -> None:
        """Look at the page as it stands, in both themes and both widths.

        All of it is seen on a desktop in the light theme and on a phone in the dark one, and in the other two what
        looks there in another way than it does in the same theme at the other width.
        """
        self.page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true })")
        self.page.wait_for_function(IDLE)
        self._note(name, faults(self.page))
        keep_looks(self.page, "light")
        self.page.set_viewport_size(PHONE)
        self._note(f"{name} (phone)", faults_of_colours(self.page, "light phone", "light"))
        self._turn("dark")
        self._note(f"{name} (phone, dark)", faults(self.page))
        keep_looks(self.page, "dark phone")
        self.page.set_viewport_size(DESKTOP)
        self._note(f"{name} (dark)", faults_of_colours(self.page, "dark", "dark phone"))
        self._turn("light")

    def _examine(self, name: str, within: str) -> None:
        self.page.wait_for_function(IDLE)
        self._note(name, faults(self.page, within))
        self._turn("dark")
        self._note(f"{name} (dark)", faults(self.page, within, OF_COLOURS))
        self._turn("light")

    def _turn(self, theme: Literal["light", "dark"]) -> None:
        self.page.emulate_media(color_scheme=theme)
        self.page.wait_for_function(_IN_THEME, arg=theme)

    def _note(self, name: str, lines: list[str]) -> None:
        self.found += [f"{name}: {line}" for line in lines]

    def _open_parts(self) -> Iterator[tuple[str, str]]:
        yield from self._open_dialogs()
        yield from self._open_drawers()
        yield from self._open_menus()

    def _is_new(self, part: str) -> bool:
        shape = re.sub(r"\d+", "", part)
        is_new = shape not in self._opened
        self._opened.add(shape)
        return is_new

    def _open_dialogs(self) -> Iterator[tuple[str, str]]:
        for dialog in self.page.evaluate(_DIALOGS):
            if self._is_new(dialog):
                self.page.evaluate("(id) => document.getElementById(id).showModal()", dialog)
                yield dialog, f"#{dialog}"
                self.page.keyboard.press("Escape")

    def _open_drawers(self) -> Iterator[tuple[str, str]]:
        for url in self.page.evaluate(_DRAWERS):
            if self._is_new(f"drawer {urlsplit(url).path}"):
                self.page.locator(f"[aria-haspopup=dialog][hx-get='{url}']").first.click()
                self.page.locator("#drawer[open]").wait_for()
                yield f"drawer {url}", "#drawer"
                self.page.keyboard.press("Escape")

    def _open_menus(self) -> Iterator[tuple[str, str]]:
        for at, label in self.page.evaluate(_MENUS):
            if label and self._is_new(f"menu {label}"):
                button = self.page.locator("[data-menu-target=button]").nth(at)
                button.click()
                yield f"menu {label}", ".dropdown-menu.show"
                self.page.keyboard.press("Escape")

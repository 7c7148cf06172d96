"""What a browser that has nothing of Tomoru yet loads for its first page, in bytes on the wire."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.workflow_pages import post

pytestmark = pytest.mark.journey

MOST_BYTES = 150_000
# Charts come after all else on a page.
MOST_WITH_CHART = 160_000
# With its head; what is shorter may be sent as it is.
SHORTEST_COMPRESSED = 3_000
PAGES = (
    *("/accounts/1/friends", "/accounts/1/segments/1/edit", "/accounts/1/segments", "/accounts/1/settings"),
    *("/accounts/1/broadcasts", "/accounts/1/broadcasts/new", "/accounts/1/qr-codes"),
    *("/workflows", "/workflows/2", "/workflows/1/steps/delay"),
    *("/workflows/1/test", "/workflows/2/test", "/workflows/2/replays"),
    *("/workflows/templates", "/workflows/templates/survey"),
)
WITH_CHART = ("/", "/workflows/2/runs")
TEXTS = ("text/html", "text/css", "text/javascript", "image/svg+xml")


class Wire:
    """What came over the wire from Tomoru itself: head and length of each answer."""

    def __init__(self, page: Page, origin: str) -> None:
        self.origin = origin
        self.answers: dict[str, dict[str, Any]] = {}
        self.lengths: dict[str, int] = {}
        session: CDPSession = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._began)
        session.on("Network.loadingFinished", self._ended)

    def _began(self, event: dict[str, Any]) -> None:
        if urlsplit(event["response"]["url"]).netloc == urlsplit(self.origin).netloc:
            self.answers[event["requestId"]] = event["response"]

    def _ended(self, event: dict[str, Any]) -> None:
        self.lengths[event["requestId"]] = int(event["encodedDataLength"])

    def lines(self) -> list[tuple[int, str, str]]:
        """Length, path and encoding of each answer, longest first."""
        return sorted(
            (self.lengths[name], urlsplit(answer["url"]).path, _encoding(answer))
            for name, answer in self.answers.items()
            if name in self.lengths
        )[::-1]

    def texts(self) -> dict[str, str]:
        """Path and encoding of each text that is long enough to be worth compressing."""
        found = self.answers.items()
        long = [answer for name, answer in found if self.lengths.get(name, 0) > SHORTEST_COMPRESSED]
        return {urlsplit(one["url"]).path: _encoding(one) for one in long if one["mimeType"] in TEXTS}


def _encoding(answer: dict[str, Any]) -> str:
    return str({name.lower(): value for name, value in answer["headers"].items()}.get("content-encoding", ""))


def load(chromium: Browser, demo: Installation, path: str, state: Any = None) -> Wire:
    """Open a page in a browser without a cache, and wait until it asks for nothing more."""
    context = chromium.new_context(storage_state=state)
    page = context.new_page()
    wire = Wire(page, demo.url)
    page.goto(demo.url + path)
    page.wait_for_load_state("networkidle")
    context.close()
    return wire


def test_the_first_page_weighs_little(chromium: Browser, demo: Installation) -> None:
    context = chromium.new_context()
    page = context.new_page()
    sign_in(page, demo)
    page.goto(f"{demo.url}/workflows")
    post(page, f"{demo.url}/workflows/1/test", account="1", trigger="added", who="invented")
    state = context.storage_state()
    context.close()
    for path, known in (("/sign-in", None), *((path, state) for path in (*PAGES, *WITH_CHART))):
        wire = load(chromium, demo, path, known)
        total = sum(length for length, _path, _encoding in wire.lines())
        most = MOST_WITH_CHART if path in WITH_CHART else MOST_BYTES
        assert 30_000 < total <= most, (path, total, wire.lines())
        assert path in wire.texts() and set(wire.texts().values()) <= {"br", "gzip"}, wire.texts()

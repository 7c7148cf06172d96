"""A sandbox of their own for the journeys through its pages, and a bot that listens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route

from sandbox.film import film
from sandbox.media import landscape
from tests.journeys.sandbox.acting import ELSEWHERE, Say
from tests.sandbox.bots import Bot
from tests.support.receiver import WebhookReceiver
from tests.support.sandbox import SandboxServer

WORDS = Path(__file__).parents[3] / "sandbox" / "pages" / "words"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer.start() as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    """Where the bot listens."""
    with WebhookReceiver() as listening:
        yield listening


@pytest.fixture
def bot(server: SandboxServer, receiver: WebhookReceiver) -> Bot:
    settings: dict[str, Any] = {"webhook": {"endpoint": receiver.url}, "chat_mode": "bot"}
    return Bot.open(server, name="灯珈琲", population={"followers": 30}, **settings)


@pytest.fixture
def say(reader: tuple[str, str]) -> Say:
    """A sentence of the pages in the reader's language."""
    known = json.loads((WORDS / f"{reader[1]}.json").read_text())

    def translated(words: str, **values: object) -> str:
        # English says most things as they stand in the pages.
        return str(known[words] if reader[1] == "ja" else known.get(words, words)).format(**values)

    return translated


@pytest.fixture
def window(page: Page) -> Iterator[Page]:
    """The browser window, with pictures and films from elsewhere; untranslated words fail the journey."""
    warnings: list[str] = []
    page.on("console", lambda line: warnings.append(line.text) if line.type == "warning" else None)
    page.route(lambda url: "/_sandbox/media/" in url and quote(ELSEWHERE, safe="") in url, _from_elsewhere)
    yield page
    assert [words for words in warnings if "no translation" in words] == []


def _from_elsewhere(route: Route) -> None:
    """What the sandbox would fetch for the page."""
    if route.request.url.endswith(".mp4"):
        route.fulfill(body=film("a film"), content_type="video/mp4")
    else:
        route.fulfill(body=landscape(route.request.url, 60, 40), content_type="image/png")

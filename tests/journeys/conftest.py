"""The whole installation, started as a user starts it, and a browser in front of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from json import dumps, loads
from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright

from app.embedded import servers as embedded
from tests.journeys.browser_arguments import ARGUMENTS
from tests.journeys.words import Words, words_in
from tests.support.processes import ROOT

# Sensitive pages ask for the password again after a quarter of an hour.
SHARED_SECONDS = 300
FAILURES = Path(__file__).parent / "failures"
WIDTHS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
# The first draws without a window of its own, for half of the work of the others.
COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# On a busy machine the usual five seconds are short.
expect.set_options(timeout=15_000)
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, COMMANDS)), None)


class Installation:
    """`make run` as a process, on free ports and with data of its own; `host` is this machine's name in addresses."""

    def __init__(self, *, demo: bool, host: str = "127.0.0.1") -> None:
        self._sessions: dict[str, tuple[float, list[Any]]] = {}
        self.data = Path(tempfile.mkdtemp(prefix="tomoru-journey-"))
        self.port = _free_pair_of_ports()
        self.url = f"http://{host}:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.port + 1}"
        self.log = (self.data / "log").open("w+")
        kept = {name: value for name, value in os.environ.items() if not name.endswith(("DATABASE_URL", "REDIS_URL"))}
        env = {
            **kept,
            "PORT": str(self.port),
            "DEMO": str(int(demo)),
            "TOMORU_DATA": str(self.data),
            "PUBLIC_URL": self.url,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.cli.up"], cwd=ROOT, env=env, stdout=self.log, stderr=subprocess.STDOUT
        )
        self._wait_until_welcome()

    def _wait_until_welcome(self) -> None:
        deadline = time.monotonic() + 300
        while "Tomoru is running" not in self.output():
            assert self.process.poll() is None, f"It stopped at once:\n{self.output()}"
            assert time.monotonic() < deadline, f"It did not come up:\n{self.output()}"
            time.sleep(0.2)

    def output(self) -> str:
        """Everything printed so far, without colours."""
        return re.sub(r"\x1b\[[0-9;]*m", "", (self.data / "log").read_text())

    def sandbox(self, method: str, path: str, json: dict[str, Any] | None = None) -> Any:
        """Call the sandbox's control API."""
        request = urllib.request.Request(f"{self.sandbox_url}/_sandbox/api{path}", method=method)
        if json is not None:
            request.data = dumps(json).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return loads(answer.read() or b"null")

    def session_of(self, email: str) -> list[Any]:
        """Cookies of a session that was started a moment ago, so that it counts as proof of who it is; or none."""
        started, cookies = self._sessions.get(email, (0.0, []))
        return cookies if time.monotonic() - started < SHARED_SECONDS else []

    def keep_session(self, email: str, cookies: list[Any]) -> None:
        """Share the session of these cookies with the journeys to come."""
        self._sessions[email] = (time.monotonic(), cookies)

    def stop(self) -> int:
        """As Ctrl-C does; returns the exit code and removes the data."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(60)
        for directory in (self.data / "demo", self.data):
            if directory.exists():
                embedded.erase(directory)
        shutil.rmtree(self.data, ignore_errors=True)
        return code


def _free_pair_of_ports() -> int:
    """A free port whose neighbour is free too: the sandbox stands there.

    They are none of those that the system gives to outgoing connections, and chosen at random, so that test processes
    side by side come to different ones.
    """
    while True:
        port = SystemRandom().randrange(12_000, 32_000, 2)
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


@pytest.fixture(scope="session")
def demo() -> Iterator[Installation]:
    """The demo, shared by the journeys that leave it as they found it or do not mind."""
    installation = Installation(demo=True)
    yield installation
    installation.stop()


@pytest.fixture(scope="session")
def _playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(_playwright: Playwright) -> Iterator[Browser]:
    """One browser for all journeys; each opens a context of its own."""
    if CHROMIUM is None:
        pytest.skip("There is no Chromium on this machine.")
    browser = _playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(params=[("desktop", "en"), ("phone", "ja")], ids="-".join)
def reader(request: pytest.FixtureRequest) -> tuple[str, str]:
    """(width, language): between them, the two cover both widths and both languages."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def say(reader: tuple[str, str]) -> Words:
    """The sentences of the console in the reader's language."""
    return words_in(reader[1])


# What the content policy refuses is an error, also where the browser only notes it.
POLICY = """document.addEventListener("securitypolicyviolation", ({ violatedDirective, sample, blockedURI }) =>
  console.error(`Content Security Policy: ${violatedDirective} ${sample} ${blockedURI}`))"""


@pytest.fixture
def page(chromium: Browser, reader: tuple[str, str], request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh browser window; errors on its console fail the journey, and a failed journey leaves a picture."""
    width, language = reader
    context = chromium.new_context(
        viewport=WIDTHS[width], locale={"en": "en-US", "ja": "ja-JP"}[language], timezone_id="Asia/Tokyo"
    )
    context.set_default_timeout(15_000)
    context.add_init_script(POLICY)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda line: problems.append(line.text) if _is_problem(line) else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    failed = getattr(request.node, "failed", False)
    if failed:
        FAILURES.mkdir(exist_ok=True)
        page.screenshot(path=FAILURES / f"{request.node.name}.png", full_page=True)
    context.close()
    expected = getattr(request.node, "expected_problems", ())
    unexpected = [text for text in problems if not any(word in text for word in expected)]
    assert failed or not unexpected, unexpected


def _is_problem(line: ConsoleMessage) -> bool:
    # LINE's pictures may be out of reach, for which pages are made.
    if line.location["url"].startswith("https://stickershop.line-scdn.net/"):
        return False
    return line.type == "error" or "Content Security Policy" in line.text


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined]
    return report  # type: ignore[no-any-return]

"""Pages that wait for LINE, in the web server as it runs in production: they hold up no other page."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from flask import Flask

from app.core.config import Config
from app.line.models import Account
from tests.conftest import signed_in
from tests.support.waiting import PATIENCE, wait_until
from tests.support.web_server import WebServer, cookies_of, web_server

# The server has a pool of one connection, two in a rush.
AT_ONCE = 6


class SlowLine:
    """A LINE that answers nothing until it is let go."""

    def __init__(self) -> None:
        self.calls, self.go_on = 0, threading.Event()
        line = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                line.calls += 1
                line.go_on.wait(PATIENCE)
                body = b'{"userIds": []}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def line() -> Iterator[SlowLine]:
    slow = SlowLine()
    yield slow
    slow.go_on.set()
    slow.server.shutdown()
    slow.server.server_close()


@pytest.fixture
def server(config: Config, line: SlowLine) -> Iterator[WebServer]:
    with web_server(config, DATABASE_POOL="2", LINE_API_URL=line.url, LINE_DATA_URL=line.url) as running:
        yield running


def test_pages_that_wait_for_line_leave_the_database_to_others(
    app: Flask, account: Account, people: SimpleNamespace, server: WebServer, line: SlowLine
) -> None:
    client = signed_in(app, people.alice)
    token = client._csrf_token()
    headers = {"Cookie": cookies_of(client), "X-CSRFToken": token, "HX-Request": "true"}
    settings, friends = f"/accounts/{account.id}/settings/followers", f"/accounts/{account.id}/friends"

    def ask(method: str, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        connection.request(method, path, headers=headers)
        return connection.getresponse().status

    with ThreadPoolExecutor(AT_ONCE) as browsers:
        waiting = [browsers.submit(ask, "POST", settings) for _ in range(AT_ONCE)]
        wait_until(lambda: line.calls == AT_ONCE, "all of them wait for LINE at once")
        assert [one.done() for one in waiting] == [False] * AT_ONCE
        assert ask("GET", friends) == 200
        line.go_on.set()
        assert [one.result() for one in waiting] == [200] * AT_ONCE

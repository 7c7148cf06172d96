"""Clients that are slow on purpose, against the web server as it runs in production: others notice nothing of it."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.config import Config
from app.core.db import db
from app.line.intake.signature import sign
from tests.conftest import signed_in
from tests.factories import line as factory
from tests.support.web_server import WebServer, cookies_of, web_server

STRANGERS = 64
# Far less than a slow client may take, so that an answer within it did not wait for one.
SOON = 6.0
BODY = b'{"destination": "%s", "events": []}'


@pytest.fixture(scope="module")
def server(config: Config) -> Iterator[WebServer]:
    with web_server(config) as running:
        yield running


@contextmanager
def strangers(server: WebServer, sent: bytes, number: int = STRANGERS) -> Iterator[list[socket.socket]]:
    """So many connections that send this and then nothing more, and read nothing; open until the block ends."""
    with ExitStack() as stack:
        opened = []
        for _ in range(number):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(SOON)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(sent)
            opened.append(connection)
        yield opened


def ask(server: WebServer, path: str, body: bytes | None = None, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SOON)
    try:
        connection.request("POST" if body is not None else "GET", path, body, headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def all_is_well(app: Flask, server: WebServer) -> None:
    """A probe, a page and a signed webhook are answered; the webhook is stored as for everyone."""
    account = factory.account()
    body = BODY % account.bot_user_id.encode()
    signature = sign(account.channel_secret.encode(), body).decode()
    assert ask(server, "/healthz") == 200
    # Without a member it leads to the first page.
    assert ask(server, "/sign-in") in {200, 303}
    assert ask(server, f"/webhooks/line/{account.webhook_key}", body, **{"x-line-signature": signature}) == 200


def half_sent(method: str, path: str, *lines: str) -> bytes:
    head = (f"{method} {path} HTTP/1.1", "Host: a.example", *lines)
    return "\r\n".join(head).encode()


KEY = "k" * 43
HALF_SENT = [
    b"",
    b"GET /si",
    half_sent("GET", "/sign-in", "Accept: te"),
    half_sent("POST", "/sign-in", "Content-Length: 1000", "", "email=a"),
    half_sent("POST", f"/webhooks/line/{KEY}", "Content-Length: 1000", "x-line-signature: a", "", "{"),
    half_sent("POST", f"/webhooks/line/{KEY}", "Content-Length: 1900000", "", "{"),
    half_sent("POST", f"/webhooks/line/{KEY}", "Transfer-Encoding: chunked", "", "5", "he"),
    half_sent("POST", f"/webhooks/line/{KEY}", "Expect: 100-continue", "Content-Length: 100", "", ""),
    half_sent("POST", "/api/v1/accounts/1/id-links/imports", "Content-Length: 400000000", "", "a,b"),
    half_sent("POST", "/accounts/1/media", "Content-Length: 100000000", "", "--a"),
    half_sent("POST", "/no/such/page", "Content-Length: 100000000", "", "a"),
    half_sent("PUT", "/healthz", "Content-Length: 1000", "", "a"),
]


@pytest.mark.parametrize("sent", HALF_SENT, ids=lambda sent: sent.replace(b"\r\n", b" ").decode()[:60])
def test_half_sent_requests_hold_up_no_one(app: Flask, server: WebServer, sent: bytes) -> None:
    with strangers(server, sent):
        all_is_well(app, server)


@pytest.mark.parametrize("path", ["/static/vendor/chart.umd.min.js", "/sign-in", "/healthz"])
def test_answers_that_no_one_reads_hold_up_no_one(app: Flask, server: WebServer, path: str) -> None:
    # Several requests on each connection, so that more waits for the reader than the system keeps.
    with strangers(server, (half_sent("GET", path) + b"\r\n\r\n") * 20):
        all_is_well(app, server)


def test_exports_that_no_one_reads_hold_up_no_one(app: Flask, people: SimpleNamespace, server: WebServer) -> None:
    account = factory.account()
    rows = "SELECT :id, 'U' || md5('slow' || n), 'import' FROM generate_series(1, 5000) AS n"
    db.session.execute(text(f"INSERT INTO friends (account_id, line_user_id, origin) {rows}"), {"id": account.id})
    db.session.commit()
    client = signed_in(app, people.alice)
    line = f"Cookie: {cookies_of(client)}"
    with strangers(server, half_sent("GET", f"/accounts/{account.id}/friends.csv", line) + b"\r\n\r\n", 40):
        all_is_well(app, server)


def test_what_waits_too_long_is_told_so(server: WebServer) -> None:
    """The server's own patience is ten seconds; the test only waits for the answer that then comes."""
    with strangers(server, half_sent("GET", "/sign-in"), 1) as (only,):
        only.settimeout(60)
        assert only.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_more_connections_than_the_server_takes_push_out_the_oldest(app: Flask, config: Config) -> None:
    with web_server(config, GUNICORN_CMD_ARGS="--worker-connections 60") as small, strangers(small, b"GET /"):
        all_is_well(app, small)


def test_requests_in_one_packet_are_answered_one_by_one(server: WebServer) -> None:
    with strangers(server, (half_sent("GET", "/healthz") + b"\r\n\r\n") * 3, 1) as (only,):
        said = b""
        while said.count(b'{"status":"ok"}') < 3:
            piece = only.recv(65536)
            assert piece, said
            said += piece


def test_a_client_that_does_not_close_does_not_hold_up_the_loop(app: Flask, server: WebServer) -> None:
    with strangers(server, half_sent("GET", "/healthz", "Connection: close") + b"\r\n\r\n"):
        all_is_well(app, server)

"""Headers of strangers: read tolerantly, and never a way to an error of the server."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from flask import Flask

from app.core.config import Config
from app.core.db import db
from app.core.web import headers
from app.factory import create_app
from tests.conftest import signed_in
from tests.support.client import CheckingClient
from tests.support.waiting import PATIENCE
from tests.support.web_server import cookies_of, web_server

# What the program or a library below it reads, and what proxies add.
READ = (
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Length",
    "Content-Type",
    "Cookie",
    "Forwarded",
    "HX-Boosted",
    "HX-Current-URL",
    "HX-History-Restore-Request",
    "HX-Request",
    "Host",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "Origin",
    "Range",
    "Referer",
    "User-Agent",
    "X-CSRFToken",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Line-Signature",
    "X-Real-IP",
)
# Parts of values that have broken parsers: of addresses, hosts, lists, numbers, dates and text.
PIECES = (
    "", " ", "\t", ",", ";", "=", ":", "/", "//", "\\", "?", "#", "%", "%zz", "%00", "*", "-", "_",
    "\"", "'", "(", "[", "]",
    "http://[::1", "http://a:b/", "https://\xe4\xbe\x8b.jp/", "a..b", "..", ".", "a" * 64 + ".jp", "[::1]:99999",
    "::ffff:1.2.3.4",
    "fe80::1%eth0", "256.1.1.1", "1.2.3.4:5", "true", "bytes=", "bytes=-", "bytes=--1", "bytes=5-1", "bytes=0-0,9-",
    "9" * 5000, "-1", "1e999", "nan", "\xff\xfe", "\xe9", "\x85", "\xa0", "Bearer", "Bearer \xe9", "Basic =", "W/\"x",
    "Mon, 99 Foo 99999 99:99:99", "Thu, 01 Jan 0000 00:00:00 GMT", "ja;q=nan", "en-US,en;q=0.9999999999", "q" * 4000,
    "multipart/form-data", "multipart/form-data; boundary=\xe9", "application/json", "text/html; charset=nowhere",
    "tomoru_session=", "tomoru_session=.e.x", "language=xx", "language=ja", "for=\"[::1\"",
)  # fmt: skip
PATHS = (
    "/",
    "/sign-in",
    "/sign-in?next=\xe9",
    "/profile",
    "/members?search=\xff",
    "/setup",
    "/no/such/page",
    "/healthz",
    "/metrics",
    "/workspace/icon",
    "/static/css/app.css",
    "/media/unknown",
    "/api/v1/accounts/1/id-links/imports/1",
    "/webhooks/line/unknown",
)
ROUNDS = 400


@pytest.fixture(params=[0, 1], ids=["without a proxy", "behind a proxy"])
def reachable(request: pytest.FixtureRequest, people: SimpleNamespace, config: Config) -> Iterator[Flask]:
    """The application, reached directly or through a proxy that it believes."""
    app = create_app(replace(config, trusted_proxies=request.param))
    app.test_client_class = CheckingClient
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    with app.app_context():
        db.engine.dispose()


def invented(chance: random.Random) -> dict[str, str]:
    """One to four headers of pieces that have broken parsers."""
    values = ("".join(chance.choices(PIECES, k=chance.randint(1, 4))) for _ in READ)
    return dict(zip(chance.sample(READ, chance.randint(1, 4)), values, strict=False))


@pytest.mark.parametrize("seed", range(4))
def test_no_header_leads_to_an_error_of_the_server(reachable: Flask, people: SimpleNamespace, seed: int) -> None:
    chance = random.Random(seed)
    clients = (reachable.test_client(), signed_in(reachable, people.alice))
    for _ in range(ROUNDS // 4):
        sent, path, method = invented(chance), chance.choice(PATHS), chance.choice(["GET", "GET", "HEAD", "POST"])
        forged = {"csrf": False} if method == "POST" else {}
        answer = chance.choice(clients).open(path, method=method, headers=sent, **forged)
        assert answer.status_code < 500, (method, path, sent)


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host"])
@pytest.mark.parametrize("host", ["a..b", "a..b:80", "x" * 64 + ".jp", "ä.example", "[::1", "a b", "a:99999"])
def test_a_host_that_cannot_be_one_is_told_so(reachable: Flask, name: str, host: str) -> None:
    answer = reachable.test_client().get("/sign-in", headers={name: host})
    is_read = name == "Host" or reachable.config["TOMORU"].trusted_proxies
    assert answer.status_code == (400 if is_read else 200)
    if is_read:
        assert "The server could not make sense of this request." in answer.text


def test_an_unreadable_page_of_htmx_is_no_page(app: Flask, people: SimpleNamespace) -> None:
    sent = {"HX-Request": "true", "HX-Current-URL": "http://[::1"}
    assert app.test_client().get("/profile", headers=sent).headers["HX-Redirect"] == "/sign-in"


def test_a_next_page_in_other_letters_fits_into_a_header(as_alice: CheckingClient) -> None:
    sent = {"HX-Request": "true"}
    answer = as_alice.get("/sign-in", query_string={"next": "/友だち?q=日本"}, headers=sent)
    assert answer.headers["HX-Redirect"] == "/%E5%8F%8B%E3%81%A0%E3%81%A1?q=%E6%97%A5%E6%9C%AC"


@pytest.mark.parametrize(
    ("address", "told", "network"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:4711", "2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::1", "fe80::/64"),
        ("unix:", None, "unknown"),
        ("", None, "unknown"),
    ],
)
def test_one_client_is_one_address_or_one_network(app: Flask, address: str, told: str | None, network: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert (headers.client_address(), headers.client_network()) == (told, network)


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Bearer", ""), ("Basic abc", ""), ("", ""), ("abc", "")],
)
def test_only_a_bearer_token_is_one(app: Flask, header: str, token: str) -> None:
    with app.test_request_context(headers={"Authorization": header}):
        assert headers.bearer_token() == token


def test_bytes_that_are_no_text_do_not_break_the_address(app: Flask) -> None:
    with app.test_request_context(environ_overrides={"QUERY_STRING": "q=\xff", "PATH_INFO": "/here"}):
        assert headers.asked_path() == "/here?q=\ufffd"


RAW = (
    (b"GET /sign-in?next=/\xe5\x8f\x8b\xff HTTP/1.1", b"Host: localhost\r\nHX-Request: true", 400),
    (b"GET /sign-in?next=/%E5%8F%8B HTTP/1.1", b"Host: localhost\r\nHX-Request: true", 204),
    (b"GET /profile?%FF HTTP/1.1", b"Host: localhost\r\nHX-Current-URL: http://[::1", 200),
    (b"GET /profile HTTP/1.1", b"Host: a..b", 400),
    (b"GET /profile HTTP/1.1", b"Host: \xff\xfe", 400),
    (b"GET /profile HTTP/1.1", b"Host: localhost\r\nX-Forwarded-Host: a..b", 400),
    (b"GET /profile HTTP/1.0", b"Accept-Language: \xe9;q=nan", 200),
    (b"POST /sign-in HTTP/1.1", b"Host: localhost\r\nContent-Length: " + b"9" * 400, 413),
    (b"POST /sign-in HTTP/1.1", b"Host: localhost\r\nContent-Length: " + b"9" * 5000, 400),
    (b"GET /accounts/" + b"9" * 5000 + b" HTTP/1.1", b"Host: localhost", 414),
    (b"GET /accounts/" + b"9" * 3000 + b" HTTP/1.1", b"Host: localhost", 404),
)


def test_the_web_server_itself_stands_what_strangers_write(app: Flask, config: Config, people: SimpleNamespace) -> None:
    """Over a real connection, where what cannot be sent back would end in a traceback."""
    cookies = cookies_of(signed_in(app, people.alice)).encode()
    with web_server(config, TRUSTED_PROXIES="1") as server:
        for line, sent, status in RAW:
            with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
                connection.sendall(line + b"\r\nConnection: close\r\nCookie: " + cookies + b"\r\n" + sent + b"\r\n\r\n")
                answer = connection.makefile("rb").readline()
            assert int(answer.split()[1]) == status, (line, sent, answer)

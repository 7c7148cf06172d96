"""Files over a real connection to the web server as it runs in earnest: too large, broken off, chunked, slow."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from app.core.clock import now
from app.core.config import Config
from app.core.db import db
from app.imports.id_links.models import IdLinkUpload
from app.imports.id_links.operations import sweep
from app.imports.id_links.upload import MOST_BYTES
from app.line.models import Account
from app.team.actors import Actor
from app.team.operations.api_keys import create_api_key
from tests.conftest import signed_in
from tests.imports.id_links.conftest import csv_of, finish_all, links_of, staged, uid
from tests.support.waiting import wait_until
from tests.support.web_server import WebServer, cookies_of, web_server

Push = Callable[..., socket.socket]


@pytest.fixture(scope="module")
def server(migrated_app: Flask, config: Config) -> Iterator[WebServer]:
    with web_server(config) as running:
        yield running


@pytest.fixture
def doomed(migrated_app: Flask, config: Config) -> Iterator[WebServer]:
    """A web server that may be killed."""
    with web_server(config) as running:
        yield running


@pytest.fixture
def token(account: Account, people: SimpleNamespace) -> str:
    """An API key that may import."""
    _key, token = create_api_key(name="CDP", scopes=["imports"], account_ids=None, actor=Actor.of_member(people.alice))
    db.session.commit()
    return token


@pytest.fixture
def push(account: Account, token: str, server: WebServer) -> Push:
    """Begin a push by hand: the head is sent, the rest is the test's business."""
    return pushing(server, account, token)


def pushing(server: WebServer, account: Account, token: str) -> Push:
    def begin(*headers: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        head = [f"POST /api/v1/accounts/{account.id}/id-links/imports HTTP/1.1", "Host: x", "Content-Type: text/csv"]
        connection.sendall("\r\n".join([*head, f"Authorization: Bearer {token}", *headers, "", ""]).encode())
        return connection

    return begin


def answer(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, json.loads(response.read())


def uploads() -> int:
    db.session.rollback()
    return db.session.query(IdLinkUpload).count()


def is_nothing_left() -> bool:
    return uploads() == 0 and staged() == []


def test_too_large_a_file_is_refused_at_once(push: Push) -> None:
    """The answer comes although nothing of the body was ever sent."""
    connection = push(f"Content-Length: {MOST_BYTES + 1}")
    status, problem = answer(connection)
    assert (status, problem["limit"]) == (413, MOST_BYTES)
    assert "larger than 500 MB" in problem["detail"]
    assert is_nothing_left()


def test_a_body_that_breaks_off_leaves_nothing(push: Push) -> None:
    connection = push("Content-Length: 10000000")
    connection.sendall(csv_of((1, "one")))
    wait_until(lambda: uploads() == 1, "the file is seen")
    connection.close()
    wait_until(is_nothing_left, "nothing of it is left")
    assert db.session.scalar(text("SELECT count(*) FROM runs")) == 0


@pytest.fixture
def fill_in(server: WebServer, account: Account, people: SimpleNamespace, app: Flask) -> Callable[[int], socket.socket]:
    """Begin to send the page's form by hand, as a browser without script does."""

    def begin(size: int) -> socket.socket:
        client = signed_in(app, people.alice)
        token = client._csrf_token()
        head = f"POST /accounts/{account.id}/id-links/imports HTTP/1.1\r\nHost: x\r\nX-CSRFToken: {token}\r\n"
        head += f"Cookie: {cookies_of(client)}\r\nContent-Length: {size}\r\n"
        head += "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + csv_of((1, "one"))
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        connection.sendall(head.encode() + part)
        return connection

    return begin


def test_a_form_with_too_large_a_file_is_answered_and_read_on(fill_in: Callable[[int], socket.socket]) -> None:
    """A browser that first sends everything must not find the connection, and the sentence with it, gone."""
    connection = fill_in(MOST_BYTES + 1_000_000)
    response = http.client.HTTPResponse(connection)
    response.begin()
    assert (response.status, "larger than 500 MB" in response.read().decode()) == (413, True)
    for _piece in range(50):
        connection.sendall(b"x" * 1_000_000)
    connection.close()
    assert is_nothing_left()


def test_a_form_that_breaks_off_leaves_nothing(fill_in: Callable[[int], socket.socket]) -> None:
    connection = fill_in(10_000_000)
    connection.sendall(b"x" * 200_000)
    wait_until(lambda: uploads() == 1, "the file is seen")
    connection.close()
    wait_until(is_nothing_left, "nothing of it is left")
    assert db.session.scalar(text("SELECT count(*) FROM runs")) == 0


def test_a_chunked_body_is_taken_and_one_that_breaks_off_is_not(push: Push, account: Account) -> None:
    content = csv_of((1, "one"))
    connection = push("Transfer-Encoding: chunked")
    for part in (content[:10], content[10:]):
        connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
    connection.sendall(b"0\r\n\r\n")
    assert answer(connection)[0] == 202
    finish_all()
    assert links_of(account) == {uid(1): "one"}
    broken = push("Transfer-Encoding: chunked")
    broken.sendall(b"%x\r\n%s\r\n" % (len(content), content))
    wait_until(lambda: uploads() == 1, "the file is seen")
    broken.shutdown(socket.SHUT_WR)
    wait_until(is_nothing_left, "nothing of it is left")
    assert db.session.scalar(text("SELECT count(*) FROM runs")) == 1


def test_a_web_server_that_is_killed_leaves_nothing_but_a_row_that_is_swept(
    account: Account, token: str, doomed: WebServer
) -> None:
    connection = pushing(doomed, account, token)("Content-Length: 10000000")
    connection.sendall(csv_of((1, "one")))
    wait_until(lambda: uploads() == 1, "the file is seen")
    for one in (*psutil.Process(doomed.process.pid).children(), doomed.process):
        one.kill()
    assert staged() == []
    with time_machine.travel(now() + timedelta(minutes=3)):
        assert sweep() == 1
    assert is_nothing_left()


def test_nothing_is_locked_or_open_while_a_slow_client_sends(push: Push) -> None:
    connection = push("Content-Length: 10000000")
    connection.sendall(csv_of((1, "one")))
    wait_until(lambda: uploads() == 1, "the file is seen")
    open_ones = text(
        "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%%' AND pid <> pg_backend_pid()"
        " AND datname = current_database()"
    )
    wait_until(lambda: db.session.scalar(open_ones) == 0, "no transaction is open")
    connection.close()
    wait_until(is_nothing_left, "nothing of it is left")

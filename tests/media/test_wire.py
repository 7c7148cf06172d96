"""Files over a real connection to the web server as it runs in production: broken off, chunked, killed, and served."""

from __future__ import annotations

import http.client
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.core.config import Config
from app.core.db import db
from app.line.models import Account
from app.media.content import MOST_BYTES
from app.media.models import Kind, MediaFile
from app.media.storage.disk import DiskStorage
from app.media.storage.stores import stores
from app.team.models import Member
from tests.conftest import signed_in
from tests.factories.media import media_file, picture, video
from tests.media.conftest import blobs, files_on
from tests.support.waiting import wait_until
from tests.support.web_server import WebServer, cookies_of, web_server

PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
END = b"\r\n--b--\r\n"


Begin = Callable[..., socket.socket]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the web server keeps files: `media` for good, `tmp` while they come in."""
    place = tmp_path_factory.mktemp("wire")
    (place / "tmp").mkdir()
    return place


@pytest.fixture(scope="module")
def server(migrated_app: Flask, config: Config, place: Path) -> Iterator[WebServer]:
    with served_from(place, config) as running:
        yield running


@pytest.fixture
def doomed(migrated_app: Flask, config: Config, place: Path) -> Iterator[WebServer]:
    """A web server that may be killed."""
    with served_from(place, config) as running:
        yield running


def served_from(place: Path, config: Config) -> AbstractContextManager[WebServer]:
    return web_server(config, MEDIA_DIR=str(place / "media"), TMPDIR=str(place / "tmp"))


@pytest.fixture(autouse=True)
def disk(app: Flask, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DiskStorage]:
    """The storage of the web server, empty."""
    storage = DiskStorage(place / "media")
    monkeypatch.setattr(stores, "current", storage)
    monkeypatch.setitem(stores._by_name, "disk", storage)
    yield storage
    for path in sorted(storage.root.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


@pytest.fixture
def begin(server: WebServer, app: Flask, account: Account, people: SimpleNamespace) -> Begin:
    """Begin an upload by hand: the head is sent, the rest is the test's business."""
    return beginning(server, app, account, people.alice)


def beginning(server: WebServer, app: Flask, account: Account, member: Member) -> Begin:
    client = signed_in(app, member)
    token = client._csrf_token()
    lines = [f"POST /accounts/{account.id}/media HTTP/1.1", "Host: x", f"X-CSRFToken: {token}"]
    lines += [f"Cookie: {cookies_of(client)}", "Accept: application/json"]
    lines += ["Content-Type: multipart/form-data; boundary=b"]

    def connect(header: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        connection.sendall("\r\n".join([*lines, header, "", ""]).encode())
        return connection

    return connect


def status_of(connection: socket.socket) -> int:
    response = http.client.HTTPResponse(connection)
    response.begin()
    response.read()
    return response.status


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def is_nothing_left(disk: DiskStorage, place: Path) -> bool:
    db.session.rollback()
    count = db.session.scalar(select(func.count()).select_from(MediaFile))
    return (count, blobs(), files_on(disk), [*(place / "tmp").glob("tmp*")]) == (0, 0, [], [])


def is_receiving(server: WebServer, place: Path) -> bool:
    """Whether a process of the server holds a nameless file in its temporary folder that has bytes in it."""
    for child in psutil.Process(server.process.pid).children():
        for link in Path(f"/proc/{child.pid}/fd").iterdir():
            with suppress(OSError):
                is_nameless = "(deleted)" in str(link.readlink())
                if is_nameless and link.readlink().is_relative_to(place / "tmp") and link.stat().st_size:
                    return True
    return False


def test_a_chunked_body_is_taken(begin: Begin, disk: DiskStorage) -> None:
    connection = begin("Transfer-Encoding: chunked")
    for piece in (PART[:10], PART[10:], picture()[:20], picture()[20:], END):
        connection.sendall(chunk(piece))
    connection.sendall(b"0\r\n\r\n")
    assert status_of(connection) == 201
    assert len(files_on(disk)) == 1


def test_a_chunked_body_that_never_ends_is_cut_off_at_the_limit(begin: Begin, disk: DiskStorage, place: Path) -> None:
    """It declares no length, so only what comes is counted; the answer comes while the client still sends."""
    connection = begin("Transfer-Encoding: chunked")
    connection.sendall(chunk(PART) + chunk(picture()))
    sent, piece = 0, chunk(b"x" * 1_000_000)
    while sent <= MOST_BYTES[Kind.IMAGE] + 2_000_000:
        connection.sendall(piece)
        sent += 1_000_000
    assert status_of(connection) == 413
    connection.close()
    wait_until(lambda: is_nothing_left(disk, place), "nothing is left")


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="Open files of processes are shown by Linux only.")
def test_a_client_that_goes_away_leaves_nothing(
    begin: Begin, server: WebServer, disk: DiskStorage, place: Path
) -> None:
    connection = begin("Content-Length: 5000000")
    connection.sendall(PART + picture() + b"x" * 300_000)
    wait_until(lambda: is_receiving(server, place), "something is received")
    connection.close()
    wait_until(lambda: not is_receiving(server, place) and is_nothing_left(disk, place), "nothing is left")


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="Open files of processes are shown by Linux only.")
def test_a_server_that_is_killed_in_the_middle_leaves_nothing(
    doomed: WebServer, app: Flask, account: Account, people: SimpleNamespace, disk: DiskStorage, place: Path
) -> None:
    connection = beginning(doomed, app, account, people.alice)("Content-Length: 5000000")
    connection.sendall(PART + picture() + b"x" * 300_000)
    wait_until(lambda: is_receiving(doomed, place), "something is received")
    for one in (*psutil.Process(doomed.process.pid).children(), psutil.Process(doomed.process.pid)):
        one.kill()
    doomed.process.wait(30)
    assert is_nothing_left(disk, place)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="Open files of processes are shown by Linux only.")
def test_no_transaction_is_open_while_a_slow_client_sends(begin: Begin, server: WebServer, place: Path) -> None:
    connection = begin("Content-Length: 5000000")
    connection.sendall(PART + picture() + b"x" * 300_000)
    wait_until(lambda: is_receiving(server, place), "something is received")
    open_ones = text(
        "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%%' AND pid <> pg_backend_pid()"
        " AND datname = current_database()"
    )
    assert db.session.scalar(open_ones) == 0
    connection.close()


def test_whole_files_and_parts_arrive_over_the_wire(server: WebServer, account: Account) -> None:
    content = video(data=bytes(range(256)) * 8_000)
    file = media_file(account.id, content)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for headers, status, part in (
        ({}, 200, content),
        ({"Range": "bytes=1000000-"}, 206, content[1_000_000:]),
        ({"Range": "bytes=5-9"}, 206, content[5:10]),
    ):
        connection.request("GET", f"/media/{file.public_key}", headers=headers)
        answer = connection.getresponse()
        assert (answer.status, answer.read() == part) == (status, True)
    connection.request("HEAD", f"/media/{file.public_key}")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Length"], answer.read()) == (200, str(len(content)), b"")
    connection.close()


def test_a_client_that_hangs_up_while_it_is_served_disturbs_no_other(server: WebServer, account: Account) -> None:
    file = media_file(account.id, video() + bytes(50_000_000))
    for _client in range(20):
        hasty = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        hasty.sendall(f"GET /media/{file.public_key} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        hasty.recv(10)
        hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        hasty.close()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", f"/media/{file.public_key}", headers={"Range": "bytes=0-9"})
    assert len(connection.getresponse().read()) == 10
    connection.close()

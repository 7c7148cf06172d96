"""Slow clients, cut downloads and large uploads behind nginx and Caddy, started with the examples in `deploy/`."""

from __future__ import annotations

import http.client
import random
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import psutil
from sqlalchemy import text

from app.core.db import db
from app.team.actors import Actor
from app.team.operations.api_keys import create_api_key
from bench._webhooks import connect_account, requests
from bench.harness import installation
from tests.chaos.selections import FEW, MANY, long_selections, store_tags
from tests.conftest import signed_in
from tests.deploy.examples import CADDY, NGINX, caddy_settings, nginx_configuration, running
from tests.factories import team
from tests.journeys.conftest import CHROMIUM
from tests.support.redis_servers import free_port
from tests.support.waiting import wait_until
from tests.support.web_server import WebServer, cookies_of, web_server

PROGRAMS = {"nginx": NGINX, "caddy": CADDY}
STRANGERS = 64
# LINE waits for so many seconds.
MOST_SECONDS = 2.0
FRIENDS = 50_000
# Megabytes of the upload, by seconds of the storm.
UPLOAD, UPLOAD_A_SECOND = 300, 5
MEGABYTE = 1024 * 1024


@dataclass
class Site:
    """The installation behind a proxy."""

    web: WebServer
    port: int
    account_id: int
    webhook_path: str
    cookies: str
    token: str

    def connect(self) -> ssl.SSLSocket:
        """A TLS connection to the proxy; its certificate is its own."""
        return _connect(self.port)

    def stop_web(self) -> None:
        """End the web; the proxy stays and finds none."""
        self.web.process.terminate()
        self.web.process.wait(60)

    def ask(self, request: bytes) -> tuple[int, float]:
        """Return the status of the answer, and the seconds until it began."""
        begun = time.monotonic()
        with self.connect() as connection:
            connection.sendall(request)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return answer.status, time.monotonic() - begun

    def get(self, path: str) -> bytes:
        """The bytes of a request for this path, by the member who is signed in."""
        lines = (f"GET {path} HTTP/1.1", f"Host: localhost:{self.port}", f"Cookie: {self.cookies}", "", "")
        return "\r\n".join(lines).encode()


def cannot_run(proxy: str) -> str:
    """Say why this proxy cannot be tried here; empty when it can."""
    return "" if PROGRAMS[proxy] else f"{proxy} is not installed (Debian's package {proxy})"


def run(proxy: str, seconds: int, chance: random.Random) -> tuple[list[str], str]:
    """Try everything with this proxy; gives what went wrong, and words on what was tried."""
    del chance
    with site(proxy) as made:
        faults, slowest, asked = slow_clients(made, seconds)
        faults += cut_download(made)
        size = max(20, min(UPLOAD, UPLOAD_A_SECOND * seconds))
        faults += large_upload(made, size)
        if CHROMIUM:
            faults += long_selections(made.port, made.account_id, made.cookies, made.stop_web)
    return faults, (
        f"{asked} pages and webhooks beside {STRANGERS} slow clients, the slowest in {slowest:.2f} s; "
        f"a cut download that shows; {size} MB uploaded; "
        + (f"{FEW} and {MANY:,} ticked tags kept" if CHROMIUM else "no browser for long selections")
    )


@contextmanager
def site(proxy: str) -> Iterator[Site]:
    """Start the installation and the proxy in front of it."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tomoru-proxy-")))
        here = stack.enter_context(installation("chaos_proxy"))
        stack.enter_context(here.app.app_context())
        path = f"/webhooks/line/{connect_account()}"
        account_id, cookies, token = _fill(here)
        keys = {"ENCRYPTION_KEYS": here.env["ENCRYPTION_KEYS"], "TRUSTED_PROXIES": "1", "WEB_CONCURRENCY": "2"}
        web = stack.enter_context(web_server(here.config, **keys))
        port = stack.enter_context(_in_front(proxy, directory, web.port))
        yield Site(web, port, account_id, path, cookies, token)


def _fill(here: SimpleNamespace) -> tuple[int, str, str]:
    """Store friends, a member and an API key; gives the account, the member's cookies and the key."""
    account_id = int(db.session.scalar(text("SELECT id FROM accounts")) or 0)
    rows = "SELECT :id, 'U' || md5(n::text), 'import' FROM generate_series(1, :number) AS n"
    statement = text(f"INSERT INTO friends (account_id, line_user_id, origin) {rows}")
    db.session.execute(statement, {"id": account_id, "number": FRIENDS})
    store_tags(account_id)
    member = team.administrator(name="Chaos", email="chaos@example.com")
    actor = Actor.of_member(member)
    _key, token = create_api_key(name="Chaos", scopes=["imports"], account_ids=None, actor=actor)
    db.session.commit()
    cookies = cookies_of(signed_in(here.app, member))
    db.session.rollback()
    return account_id, cookies, token


@contextmanager
def _in_front(proxy: str, directory: Path, web: int) -> Iterator[int]:
    """Run the proxy with its example; gives the port on which it speaks TLS."""
    http_port, https_port = free_port(), free_port()
    if proxy == "nginx":
        path = nginx_configuration(directory, http_port, https_port, web)
        command, env = [str(NGINX), "-c", str(path), "-p", str(directory)], None
    else:
        path, env = caddy_settings(directory, http_port, https_port, web)
        command = [str(CADDY), "run", "--adapter", "caddyfile", "--config", str(path)]
    with running(command, env) as process:
        wait_until(lambda: process.poll() is None and _speaks(https_port), f"{proxy} listens")
        yield https_port


def _connect(port: int) -> ssl.SSLSocket:
    context = ssl._create_unverified_context()
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 20), server_hostname="localhost")


def _speaks(port: int) -> bool:
    """Whether a TLS connection comes about; Caddy makes its certificate only after it listens."""
    try:
        _connect(port).close()
    except OSError:
        return False
    return True


def slow_clients(made: Site, seconds: int) -> tuple[list[str], float, int]:
    """Hold half-sent requests and unread exports open; ask for pages and send webhooks beside them all the time."""
    host = f"Host: localhost:{made.port}\r\n"
    half = f"POST {made.webhook_path} HTTP/1.1\r\n{host}Content-Length: 1000\r\n\r\n{{".encode()
    unread = made.get(f"/accounts/{made.account_id}/friends.csv")
    webhooks = requests(made.webhook_path, 1_000_000)
    faults, slowest, asked, end = list[str](), 0.0, 0, time.monotonic() + seconds
    with ExitStack() as stack:
        for number in range(STRANGERS):
            stranger = stack.enter_context(made.connect())
            stranger.sendall(half if number % 2 else unread)
        while time.monotonic() < end:
            for request in (next(webhooks), made.get("/sign-in")):
                status, took = made.ask(request)
                slowest, asked = max(slowest, took), asked + 1
                if status not in {200, 303} or took > MOST_SECONDS:
                    faults.append(f"an answer of {status} took {took:.1f} s beside slow clients")
    return faults[:3], slowest, asked


def cut_download(made: Site) -> list[str]:
    """Kill the web in the middle of an export; the client must see that the file is not whole.

    Caddy before 2.7.6 ends the answer as if it were; then the last line, which says so, must be missing.
    """
    with made.connect() as connection:
        connection.sendall(made.get(f"/accounts/{made.account_id}/friends.csv"))
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        answer.read(1000)
        for worker in psutil.Process(made.web.process.pid).children():
            worker.kill()
        try:
            rest = answer.read()
        except (http.client.HTTPException, OSError):
            return []
    lines = rest.count(b"\n")
    return [] if lines >= FRIENDS else [f"a cut download looks whole, with {lines} of {FRIENDS} lines"]


def large_upload(made: Site, size: int) -> list[str]:
    """Send a file of ID links of so many megabytes; it must arrive whole."""
    row = b"U%032x,member-%d\n"
    piece = b"".join(row % (number, number) for number in range(MEGABYTE // 48))
    head = b"line_user_id,user_id\n"
    pieces = size * MEGABYTE // len(piece)
    path = f"/api/v1/accounts/{made.account_id}/id-links/imports?dry_run=1"
    lines = [f"POST {path} HTTP/1.1", f"Host: localhost:{made.port}", f"Authorization: Bearer {made.token}"]
    lines += ["Content-Type: text/csv", f"Content-Length: {len(head) + pieces * len(piece)}", "Connection: close"]
    with made.connect() as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + head)
        for _ in range(pieces):
            connection.sendall(piece)
        connection.settimeout(600)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
    return [] if answer.status == 202 else [f"an upload of {size} MB was answered with {answer.status}"]

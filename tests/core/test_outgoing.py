"""Requests to addresses that members enter: what may be called, and what a host can do to us."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from threading import Thread
from typing import Any

import pytest

from app.core.outgoing import posting
from app.core.outgoing.networks import allowed, is_allowed, may_lead_to
from app.core.outgoing.posting import HostAnswer, Missed, Post, post_all
from tests.support.served import served


@pytest.fixture
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowed, "networks", (ip_network("127.0.0.0/8"),))


@pytest.mark.parametrize(
    ("address", "may_call"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("fec0::1", False),
        ("64:ff9b:1::7f00:1", False),
        ("::127.0.0.1", False),
        ("::ffff:0:127.0.0.1", False),
        ("64:ff9b::5db8:d822", True),
    ],
)
def test_only_public_addresses_may_be_called(address: str, may_call: bool) -> None:
    assert is_allowed(address, is_encrypted=True) is may_call
    assert not is_allowed(address, is_encrypted=False)


@pytest.mark.parametrize(
    ("url", "may_lead"),
    [
        ("https://crm.example/hook", True),
        ("https://93.184.216.34/", True),
        ("https://[2606:2800:220:1:248:1893:25c8:1946]/", True),
        ("https://127.0.0.1/", False),
        ("https://127.1/", False),
        ("https://2130706433/", False),
        ("https://0x7f.1:8443/", False),
        ("https://[::1]/", False),
        ("https://user@169.254.169.254/latest", False),
        ("https://LOCALHOST./", False),
        ("https://a.localhost/", False),
        ("https://[", True),
        ("", True),
    ],
)
def test_a_url_tells_where_it_leads_as_far_as_it_can(url: str, may_lead: bool) -> None:
    assert may_lead_to(url) is may_lead


def test_allowed_networks_may_be_called_without_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowed, "networks", (ip_network("10.0.0.0/8"),))
    assert is_allowed("10.1.2.3", is_encrypted=False) and is_allowed("::ffff:10.1.2.3", is_encrypted=False)
    assert not is_allowed("192.168.0.1", is_encrypted=True)


def test_a_name_that_leads_inside_is_not_called() -> None:
    calls: list[str] = []

    def app(environ: Any, start: Any) -> list[bytes]:
        calls.append(environ["PATH_INFO"])
        start("200 OK", [])
        return [b""]

    with served(app) as origin:
        port = origin.rpartition(":")[2]
        urls = [f"{origin}/a", f"http://localhost:{port}/b", f"https://localhost:{port}/c", f"http://[::1]:{port}/d"]
        results = post_all([Post(url, url, b"{}") for url in urls])
    assert set(results.values()) == {Missed(posting.NOT_ALLOWED)} and calls == []


@pytest.mark.usefixtures("_loopback")
def test_answers_come_back_by_key_with_status_and_body() -> None:
    def app(environ: Any, start: Any) -> list[bytes]:
        size, path = int(environ["CONTENT_LENGTH"]), environ["PATH_INFO"]
        body = environ["wsgi.input"].read(size)
        if path == "/away":
            start("302 Found", [("Location", "/elsewhere")])
            return [b""]
        start("503 Busy" if path == "/busy" else "200 OK", [("Retry-After", "120")])
        return [b"x" * (posting.MOST_BYTES + 1) if path == "/long" else body]

    with served(app) as origin:
        results = post_all([Post(one, f"{origin}/{one}", one.encode()) for one in ("ok", "busy", "long", "away")])
    assert results == {
        "ok": HostAnswer(200, b"ok", 120.0),
        "busy": HostAnswer(503, b"busy", 120.0),
        "long": HostAnswer(200, None, 120.0),
        "away": HostAnswer(302, b"", None),
    }


@pytest.mark.usefixtures("_loopback")
def test_a_hostile_host_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "REQUEST_SECONDS", 0.5)
    called, sent, most = list[str](), list[int](), 1_000

    def drops() -> Iterator[bytes]:
        while True:
            yield b"x"
            time.sleep(0.02)

    def flood() -> Iterator[bytes]:
        for number in range(most):
            sent.append(number)
            yield b"x" * posting.MOST_BYTES

    def app(environ: Any, start: Any) -> Iterator[bytes]:
        called.append(environ["PATH_INFO"])
        away = [("Location", f"http://{environ['HTTP_HOST']}/inside")] if called[-1] == "/away" else []
        start("302 Found" if away else "200 OK", away)
        return {"/drops": drops, "/flood": flood}.get(called[-1], lambda: iter([b""]))()

    with served(app) as origin:
        results = post_all([Post(one, f"{origin}/{one}", b"{}") for one in ("drops", "flood", "away")])
    assert results == {
        "drops": Missed(posting.TIMEOUT),
        "flood": HostAnswer(200, None),
        "away": HostAnswer(302, b""),
    }
    assert "/inside" not in called and len(sent) < most


@contextmanager
def silent() -> Iterator[tuple[str, list[socket.socket]]]:
    """A host that takes connections and says nothing."""
    server, taken = socket.create_server(("127.0.0.1", 0)), list[socket.socket]()

    def take() -> None:
        while True:
            try:
                taken.append(server.accept()[0])
            except OSError:
                return

    thread = Thread(target=take, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", taken
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()
        for one in taken:
            one.close()


@pytest.mark.usefixtures("_loopback")
def test_a_silent_host_is_given_up_for_the_rest_of_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "REQUEST_SECONDS", 0.2)
    with silent() as (url, taken):
        results = post_all([Post(str(number), url, b"{}") for number in range(100)])
    codes = [result.code for result in results.values() if isinstance(result, Missed)]
    # Others may have begun before the third miss was known.
    most = posting.IN_HAND_OF_HOST + posting.MOST_MISSES
    assert len(codes) == 100 and codes.count(posting.TIMEOUT) <= most and len(taken) <= most


@pytest.mark.usefixtures("_loopback")
def test_hosts_that_are_not_there_or_speak_no_tls_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def app(_environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [])
        return [b""]

    with served(app) as origin:
        results = post_all(
            [
                Post("away", f"http://127.0.0.1:{port}/", b""),
                Post("plain", origin.replace("http:", "https:"), b""),
                Post("name", "https://no-such-host.invalid/", b""),
            ]
        )
    assert results == {
        "away": Missed(posting.UNREACHABLE),
        "plain": Missed(posting.NOT_SECURE),
        "name": Missed(posting.UNREACHABLE),
    }

"""Signed one-event requests stored and answered, against the same server with a view that only checks the signature."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from types import SimpleNamespace

import psutil
from sqlalchemy import text

from app.core.db import db
from app.core.secrets import new_token
from app.line.intake.signature import sign
from app.line.models import Account
from bench._load import Load, as_request, post_all
from bench.harness import ROOT, Result, installation, percentile

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
BOT = "U" + "b" * 32
REQUESTS = 4_000
CONNECTIONS = 32
ROUNDS = 5
_numbers = count(1)


def run() -> list[Result]:
    """The rate at saturation, and the 99th percentile of the time to the answer."""
    with installation("webhook_intake") as here:
        key = _connect_account(here)
        with _web(here) as server:
            path = f"/webhooks/line/{key}"
            loads: dict[str, list[Load]] = {path: [], "/bench/signature": []}
            for _ in range(ROUNDS):
                for address, results in loads.items():
                    results.append(post_all(server.port, _requests(address, REQUESTS), CONNECTIONS))
            _everything_is_stored(here)
            return _results(loads[path], loads["/bench/signature"], server.memory_mb())


def _results(ours: list[Load], reference: list[Load], memory_mb: float) -> list[Result]:
    rates = [sorted(load.rate for load in side)[ROUNDS // 2] for side in (ours, reference)]
    slowest = [percentile([moment for load in side for moment in load.times], 0.99) for side in (ours, reference)]
    shared = {"n": REQUESTS * ROUNDS, "rss_mb": memory_mb}
    return [
        Result("webhook_intake.rate", rates[0], "requests/s", rates[1], "higher", **shared),
        Result("webhook_intake.p99", slowest[0], "ms", slowest[1], "lower", **shared),
    ]


def _connect_account(here: SimpleNamespace) -> str:
    key = new_token()
    with here.app.app_context():
        account = Account(
            webhook_key=key, bot_user_id=BOT, basic_id="@bench", name="Bench", channel_id="1", channel_secret=SECRET
        )
        db.session.add(account)
        db.session.commit()
    return key


def _requests(path: str, number: int) -> list[bytes]:
    return [
        as_request(path, body, {"x-line-signature": sign(SECRET.encode(), body).decode()}) for body in _bodies(number)
    ]


def _bodies(number: int) -> Iterator[bytes]:
    """Text messages of some thousand people, each with an id of its own."""
    for _ in range(number):
        n = next(_numbers)
        event = {
            "type": "message",
            "mode": "active",
            "timestamp": int(time.time() * 1000),
            "source": {"type": "user", "userId": f"U{n % 5000:032x}"},
            "webhookEventId": f"01BENCH{n:019d}",
            "deliveryContext": {"isRedelivery": False},
            "replyToken": f"{n:032x}",
            "message": {"type": "text", "id": str(10**17 + n), "quoteToken": "q" * 40, "text": f"こんにちは {n}"},
        }
        yield json.dumps({"destination": BOT, "events": [event]}, ensure_ascii=False).encode()


def _everything_is_stored(here: SimpleNamespace) -> None:
    with here.app.app_context():
        stored = db.session.scalar(text("SELECT count(*) FROM webhook_events"))
    assert stored == REQUESTS * ROUNDS, f"{stored} of {REQUESTS * ROUNDS} events were stored."


@contextmanager
def _web(here: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """The web server as it runs in earnest, with the reference's address beside ours."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, **here.env, "PORT": str(port), "HOST": "127.0.0.1", "BENCH_SECRET": SECRET}
    process = subprocess.Popen([sys.executable, "-m", "gunicorn", "bench._signature_only:app"], cwd=ROOT, env=env)
    try:
        _wait_until_it_listens(port)
        yield SimpleNamespace(port=port, memory_mb=lambda: _memory_mb(process.pid))
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("The web server did not start.")


def _memory_mb(pid: int) -> float:
    """What the largest of the server's processes holds."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return max(member.memory_info().rss for member in family) / 1024**2

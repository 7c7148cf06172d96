"""Redirects of tracked links, each with its fetch stored, against a bare redirect view under the same web server.

`click_redirect.p99` is measured at half of our rate at saturation while the pushes of `push_rate` are made by processes
beside it, against 100 ms. `BENCH_REQUESTS` sets how many requests a round has, `BENCH_SECONDS` how long the second part
takes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import cycle, islice
from types import SimpleNamespace

from sqlalchemy import func, insert, select

from app.core.db import db
from app.friends.models import Friend
from app.line.models import Account, TokenKind
from app.messages.tracking.models import LinkFetch, TrackedLink
from app.messages.tracking.operations.sends import SendCause, accepted, begin_send
from bench._load import Load, post_all, post_evenly
from bench._processes import web
from bench.harness import ROOT, Result, installation, percentile

REQUESTS = int(os.environ.get("BENCH_REQUESTS", "6000"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "15"))
LINKS = 2_000
CONNECTIONS = 32
ROUNDS = 5
ALLOWED_MS = 100.0
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Safari Line/15.2.0"
TARGET = "https://shop.example/spring?item=4711&from=line#top"
PUSHING = (sys.executable, "-m", "bench._pushing")


def run() -> list[Result]:
    """Measure redirects a second at saturation, and the slowest hundredth at half of that beside a broadcast."""
    with installation("click_redirect") as here:
        codes = _store_links(here)
        with web(here.env, "bench._bare_redirect:app") as server:
            loads: dict[str, list[Load]] = {"/l": [], "/l/bare": []}
            for _ in range(ROUNDS):
                for prefix, results in loads.items():
                    results.append(post_all(server.port, list(_requests(prefix, codes, REQUESTS)), CONNECTIONS))
            ours, reference = (sorted(one.rate for one in results)[ROUNDS // 2] for results in loads.values())
            _check_all_stored(here)
            with _pushes():
                asked = _requests("/l", codes, int(ours / 2 * SECONDS))
                times = post_evenly(server.port, asked, ours / 2, CONNECTIONS)
            rss_mb = server.memory_mb()
    return [
        Result("click_redirect", ours, "redirects/s", reference, "higher", REQUESTS * ROUNDS, rss_mb),
        Result("click_redirect.p99", percentile(times, 0.99), "ms", ALLOWED_MS, "lower", len(times), rss_mb),
    ]


def _requests(prefix: str, codes: list[str], number: int) -> Iterator[bytes]:
    for code in islice(cycle(codes), number):
        yield f"GET {prefix}/{code} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {PHONE}\r\n\r\n".encode()


def _store_links(here: SimpleNamespace) -> list[str]:
    """Store links of one person each, as a broadcast makes them."""
    with here.app.app_context():
        account = Account(
            webhook_key="bench",
            bot_user_id="U" + "0" * 32,
            basic_id="@bench",
            name="Bench",
            channel_id="1",
            channel_secret="x" * 32,
            token_kind=TokenKind.PASTED,
            access_token="bench",
        )
        db.session.add(account)
        db.session.flush()
        people = [
            {"account_id": account.id, "line_user_id": f"U{number:032x}", "origin": "import"} for number in range(LINKS)
        ]
        ids = db.session.scalars(insert(Friend).returning(Friend.id), people).all()
        send = begin_send(account.id, SendCause("bench", "1"))
        accepted(send.id)
        codes = [f"{number:011d}" for number in range(LINKS)]
        about = {"send_id": send.id, "place": "messages[0].text", "target": TARGET}
        rows = [{"code": code, "friend_id": friend, **about} for code, friend in zip(codes, ids, strict=True)]
        db.session.execute(insert(TrackedLink), rows)
        db.session.commit()
        return codes


def _check_all_stored(here: SimpleNamespace) -> None:
    """Raise unless each fetch has its row: a faster redirect that forgets clicks is none."""
    with here.app.app_context():
        stored = db.session.scalar(select(func.count(LinkFetch.id)))
    if stored != REQUESTS * ROUNDS:
        raise RuntimeError(f"{stored} of {REQUESTS * ROUNDS} fetches were stored.")


@contextmanager
def _pushes() -> Iterator[None]:
    """Let another process push as `push_rate` does until the block ends; begins once pushes are under way.

    Raises RuntimeError unless it pushed all the while.
    """
    process = subprocess.Popen(PUSHING, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError("The pushes did not begin.")
        yield
        if process.poll() is not None:
            raise RuntimeError("The pushes ended too early.")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)

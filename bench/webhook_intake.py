"""Signed one-event requests stored and answered, against the same server with a view that only checks the signature.

`webhook_intake.lag` is the time from a stored row to processed at an even 300 events a second, against five seconds;
`BENCH_SECONDS` sets for how long.
"""

from __future__ import annotations

import os
from types import SimpleNamespace

from sqlalchemy import text

from app.core.db import db
from bench._lag import all_classes_are_served, lag_of
from bench._load import Load, post_all
from bench._processes import memory_mb, wait_until, web, workers
from bench._webhooks import SECRET, connect_account, requests
from bench.harness import Result, installation, percentile

REQUESTS = 4_000
CONNECTIONS = 32
ROUNDS = 5
LAG_RATE, LAG_SECONDS = 300, int(os.environ.get("BENCH_SECONDS", "300"))
LAG_TARGET_SECONDS = 5.0


def run() -> list[Result]:
    """Measure the rate at saturation, the 99th percentile of the time to the answer, and that of the lag."""
    return [*_answers(), _lag()]


def _lag() -> Result:
    """Let all processes run as in production, and have the events processed while they arrive."""
    number = LAG_RATE * LAG_SECONDS
    with (
        installation("webhook_lag") as here,
        here.app.app_context(),
        web(here.env, "wsgi:app") as server,
        workers(here.env) as pids,
    ):
        wait_until(all_classes_are_served, "every worker class is served")
        here.port, here.path = server.port, f"/webhooks/line/{connect_account()}"
        lag_of(here, LAG_RATE, LAG_RATE)
        seconds, memory = lag_of(here, number, LAG_RATE), max(map(memory_mb, pids))
    return Result("webhook_intake.lag", seconds, "s", LAG_TARGET_SECONDS, "lower", number, memory)


def _answers() -> list[Result]:
    with installation("webhook_intake") as here:
        with here.app.app_context():
            key = connect_account()
        with web(here.env | {"BENCH_SECRET": SECRET}, "bench._signature_only:app") as server:
            path = f"/webhooks/line/{key}"
            loads: dict[str, list[Load]] = {path: [], "/bench/signature": []}
            for _ in range(ROUNDS):
                for address, results in loads.items():
                    results.append(post_all(server.port, list(requests(address, REQUESTS)), CONNECTIONS))
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


def _everything_is_stored(here: SimpleNamespace) -> None:
    with here.app.app_context():
        stored = db.session.scalar(text("SELECT count(*) FROM webhook_events"))
    assert stored == REQUESTS * ROUNDS, f"{stored} of {REQUESTS * ROUNDS} events were stored."

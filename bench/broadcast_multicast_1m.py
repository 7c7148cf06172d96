"""A broadcast to a million friends by multicast, against a bare aiohttp loop that makes the same calls.

Ours is frozen, sent and recorded, and its clock starts before the freezing; the bare loop keeps to LINE's 200 calls a
second and records nothing. Memory is that of the worker, beside one that sends to a hundredth of the people.
`BENCH_MULTICAST=20000` sends to fewer.
"""

from __future__ import annotations

import os

from bench import _broadcasts as shared
from bench.harness import Result, alternate, installation
from tests.support.sandbox import SandboxServer

FRIENDS, SMALL = 1_000_000, 10_000
LATENCY_MS, LIMIT, CONNECTIONS, ROUNDS = 30, 200, 48, 2
WORDS = "A new tea has come: https://shop.example.com/tea"


def run() -> list[Result]:
    """Measure recipients a second, and how much memory grows with the audience."""
    people = int(os.environ.get("BENCH_MULTICAST", FRIENDS))
    small = min(SMALL, max(1, people // 10))
    with SandboxServer() as line, installation("broadcast_multicast") as place:
        env = {**place.env, "LINE_API_URL": line.url, "LINE_DATA_URL": line.url}
        few = shared.open_channel(line, small, LATENCY_MS)
        many = shared.open_channel(line, people, LATENCY_MS)
        few_id, _ = shared.store(env, line, few)
        many_id, ids = shared.store(env, line, many)
        little = shared.apart(shared.send, env, few_id, WORDS, "link").rss_mb
        bodies = [shared.body_of(ids[at : at + 500], WORDS) for at in range(0, people, 500)]
        memory: list[float] = []

        def ours() -> float:
            sent = shared.apart(shared.send, env, many_id, WORDS, "link")
            memory.append(sent.rss_mb)
            return people / float(sent.seconds)

        def bare() -> float:
            arguments = line.url, many["token"], "multicast", bodies, LIMIT, CONNECTIONS
            return people / float(shared.apart(shared.send_bare, *arguments))

        rate, reference = alternate(ours, bare, rounds=ROUNDS)
    return [
        Result("broadcast_multicast_1m", rate, "people/s", reference, "higher", people, rss_mb=max(memory)),
        Result("broadcast_multicast_1m.memory", max(memory), "MB", little, "lower", people, rss_mb=max(memory)),
    ]

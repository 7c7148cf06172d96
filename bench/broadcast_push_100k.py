"""A personalised, tracked broadcast to 100,000 friends at 30 ms latency, against a bare push loop.

Every person has a name in the text and a short address of their own; keys, addresses and outcomes are stored. The bare
loop keeps to LINE's 2,000 pushes a second and stores nothing. `BENCH_PUSHED=5000` sends to fewer.
"""

from __future__ import annotations

import os

from bench import _broadcasts as shared
from bench.harness import Result, alternate, installation
from tests.support.sandbox import SandboxServer

FRIENDS = 100_000
LATENCY_MS, LIMIT, CONNECTIONS, ROUNDS = 30, 2_000, 120, 2
WORDS = "Hello {{display_name|you}}, a new tea has come: https://shop.example.com/tea"
BARE_WORDS = "Hello Friend 12345, a new tea has come: https://tomoru.example.com/l/aaaaaaaaaaa"


def run() -> list[Result]:
    """Measure people a second, and the busiest second, which must stay within LINE's limit."""
    people = int(os.environ.get("BENCH_PUSHED", FRIENDS))
    busiest: list[int] = []
    with SandboxServer() as line, installation("broadcast_push") as place:
        env = {**place.env, "LINE_API_URL": line.url, "LINE_DATA_URL": line.url}
        channel = shared.open_channel(line, people, LATENCY_MS)
        account_id, ids = shared.store(env, line, channel)
        bodies = [shared.body_of(one, BARE_WORDS) for one in ids]

        def ours() -> float:
            line.api("DELETE", "/counters")
            seconds = shared.apart(shared.send, env, account_id, WORDS, "person").seconds
            busiest.append(shared.busiest_second(line, "push"))
            return people / float(seconds)

        def bare() -> float:
            arguments = line.url, channel["token"], "push", bodies, LIMIT, CONNECTIONS
            return people / float(shared.apart(shared.send_bare, *arguments))

        rate, reference = alternate(ours, bare, rounds=ROUNDS)
    return [
        Result("broadcast_push_100k", rate, "people/s", reference, "higher", people),
        Result("broadcast_push_100k.busiest_second", max(busiest), "requests/s", LIMIT, "lower", people),
    ]

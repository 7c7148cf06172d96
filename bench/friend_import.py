"""An import of 100,000 friends at 30 ms latency, against a bare loop that asks for the same and stores nothing.

Both keep to the same number of connections and the same rate, and LINE's stand-in counts whether 2,000 requests a
second were ever exceeded. `BENCH_FRIENDS=1000000` measures memory at that size instead of 100,000.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import monotonic, perf_counter
from typing import Any

import aiohttp

from app.core.config import Config
from app.core.db import db
from app.core.runs.models import Run
from app.core.runs.operations import advance
from app.core.secrets import new_token
from app.factory import create_app
from app.imports.friends.operations import start_friend_import
from app.line.gateway.rate_limit import BURST, RATE
from app.line.models import Account, TokenKind
from app.team.actors import SYSTEM
from bench.harness import Result, alternate, installation, peak_rss_mb
from tests.support.sandbox import SandboxServer

FRIENDS = 100_000
FEW = 10_000
LATENCY_MS = 30
CONNECTIONS = 120
ROUNDS = 2
LIMIT = 2_000


def run() -> list[Result]:
    """Measure the rate against the bare loop, LINE's limit, and memory as the number of friends grows."""
    large = int(os.environ.get("BENCH_FRIENDS", FRIENDS))
    with SandboxServer() as line, installation("friend_import") as place:
        env = {**place.env, "LINE_API_URL": line.url, "LINE_DATA_URL": line.url}
        busiest: list[int] = []

        def imported(friends: int) -> tuple[float, float]:
            channel = open_channel(line, friends)
            figures: tuple[float, float] = apart(import_friends, env, channel)
            busiest.append(busiest_second(line, channel))
            return figures

        small_mb = imported(FEW)[1]
        large_mb: list[float] = []

        def ours() -> float:
            seconds, peak = imported(FRIENDS)
            large_mb.append(peak)
            return FRIENDS / seconds

        def bare() -> float:
            return FRIENDS / apart(ask_only, line.url, open_channel(line, FRIENDS))[0]

        value, reference = alternate(ours, bare, rounds=ROUNDS)
        if large != FRIENDS:
            large_mb = [imported(large)[1]]
    peak = max(large_mb)
    return [
        Result("friend_import", value, "friends/s", reference, "higher", FRIENDS, peak),
        Result("friend_import.busiest_second", max(busiest), "requests", LIMIT, "lower", FRIENDS, peak),
        Result("friend_import.memory", peak, "MB", small_mb, "lower", large, peak),
    ]


def apart(task: Any, *args: Any) -> Any:
    """Call it in a process of its own, so that its memory can be told."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(task, *args).result()


def open_channel(line: SandboxServer, friends: int) -> dict[str, Any]:
    """Make a verified channel with so many friends and a token."""
    channel = line.create_channel(kind="verified", population={"followers": friends}, latency={"fixed_ms": LATENCY_MS})
    path = f"/channels/{channel['channel_id']}/tokens"
    return channel | {"token": line.api("POST", path, {"kind": "long-lived"})["value"]}


def busiest_second(line: SandboxServer, channel: dict[str, Any]) -> int:
    """Return the most requests to one endpoint within a second; it is an error if LINE's limit was ever exceeded."""
    counters = line.api("GET", f"/counters?channel_id={channel['channel_id']}")["counters"]
    if any(row["ever_exceeded"] or row["too_many"] for row in counters):
        raise RuntimeError("LINE's limit was exceeded.")
    return max(int(row["busiest_second"]) for row in counters)


def import_friends(env: dict[str, str], channel: dict[str, Any]) -> tuple[float, float]:
    """Import all friends as a worker does; returns seconds and peak memory in MB."""
    app = create_app(Config.from_env(env))
    gc.collect()
    gc.freeze()
    with app.app_context():
        account = store_account(channel)
        run, _ = start_friend_import(account, actor=SYSTEM)
        db.session.commit()
        run_id, begin = run.id, perf_counter()
        while (run := db.session.get_one(Run, run_id, populate_existing=True)).is_active:
            db.session.rollback()
            advance(run_id)
        seconds = perf_counter() - begin
        if run.counts.get("new") != channel["population"]["followers"]:
            raise RuntimeError(f"Friends are missing: {run.state} {run.reason} {run.counts}")
    return seconds, peak_rss_mb()


def store_account(channel: dict[str, Any]) -> Account:
    """Store an account that is connected to the channel."""
    account = Account(
        webhook_key=new_token(),
        bot_user_id=channel["bot_user_id"],
        basic_id=channel["basic_id"],
        name="Benchmark",
        channel_id=channel["channel_id"],
        channel_secret=channel["secret"],
        token_kind=TokenKind.PASTED,
        access_token=channel["token"],
        has_followers_api=True,
    )
    db.session.add(account)
    db.session.commit()
    return account


def ask_only(url: str, channel: dict[str, Any]) -> tuple[float, float]:
    """Run the reference: the same requests over bare aiohttp, decoded and forgotten."""
    begin = perf_counter()
    asyncio.run(_ask_for_all(url, channel["token"]))
    return perf_counter() - begin, peak_rss_mb()


async def _ask_for_all(url: str, token: str) -> None:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(
        connector=connector, headers={"Authorization": f"Bearer {token}"}, trust_env=False
    ) as session:
        ids: list[str] = []
        query = "limit=1000"
        while query:
            async with session.get(f"{url}/v2/bot/followers/ids?{query}") as answer:
                page = await answer.json()
            ids += page["userIds"]
            query = f"limit=1000&start={page['next']}" if "next" in page else ""
        turns = _turns()
        waiting = iter(ids)

        async def ask() -> None:
            for user_id in waiting:
                await asyncio.sleep(next(turns) - monotonic())
                async with session.get(f"{url}/v2/bot/profile/{user_id}") as answer:
                    await answer.json()

        await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))


def _turns() -> Iterator[float]:
    """Yield when the next request may go, at the rate that the import keeps to."""
    turn = monotonic()
    while True:
        turn = max(turn + 1 / RATE, monotonic() - BURST / RATE)
        yield turn

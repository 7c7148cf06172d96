"""50,000 pushes at 30 ms latency, against a bare loop over aiohttp that sends the same and looks at no answer.

Both keep to the same number of connections, and the bare loop to LINE's 2,000 a second. LINE's stand-in counts what
arrived. While the pushes are under way, another process sends chat messages on the same account: `chat_delay` is the
longest time from the call until such a message was handed to its connection. How long LINE then takes is no delay of
ours, but is printed beside it.
`BENCH_PUSHES=5000` sends fewer.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import median
from time import monotonic, perf_counter, sleep
from typing import Any
from uuid import UUID, uuid4

import aiohttp

from app.core.clock import now
from app.core.config import Config
from app.factory import create_app
from app.line.gateway import async_client, messages, sends
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.lanes import Lane
from app.line.gateway.outcomes import Accepted, RetryKey
from app.line.gateway.sends import Send
from app.line.models import Account
from bench.friend_import import store_account
from bench.harness import Result, alternate, installation, percentile
from tests.support.sandbox import SandboxServer

PUSHES = 50_000
LATENCY_MS = 30
CONNECTIONS = 120
LIMIT = 2_000
ROUNDS = 2
FRIENDS = 1_000
CHATS_UNLOADED = 40
CHAT_EVERY = 0.05
ALLOWED_MS = 200.0
HELLO = [{"type": "text", "text": "こんにちは 🍵"}]


@dataclass(frozen=True)
class Chat:
    """Milliseconds from the call until the request left, and until its outcome was there."""

    held_back: float
    in_all: float


def run() -> list[Result]:
    """Measure the rate against the bare loop, and what a chat message suffers from a broadcast."""
    count = int(os.environ.get("BENCH_PUSHES", PUSHES))
    with SandboxServer() as line, installation("push_rate") as place:
        env = {**place.env, "LINE_API_URL": line.url, "LINE_DATA_URL": line.url}
        channel = open_channel(line)
        people = people_of(line, channel, count)
        account_id = _apart(_store, env, channel)
        delays: list[float] = []
        busiest: list[int] = []

        def ours() -> float:
            line.api("DELETE", "/counters")
            rate, slowest = _with_chat(env, account_id, people)
            delays.append(slowest)
            busiest.append(_busiest_second(line, len(people)))
            return rate

        rate, bare = alternate(ours, lambda: _apart(_push_bare, line.url, channel["token"], people), rounds=ROUNDS)
    return [
        Result("push_rate", rate, "pushes/s", bare, "higher", count),
        Result("push_rate.chat_delay", max(delays), "ms", ALLOWED_MS, "lower", count),
        Result("push_rate.busiest_second", max(busiest), "requests/s", LIMIT, "lower", count),
    ]


def open_channel(line: SandboxServer) -> dict[str, Any]:
    population = {"followers": FRIENDS}
    channel = line.create_channel(kind="verified", population=population, latency={"fixed_ms": LATENCY_MS})
    path = f"/channels/{channel['channel_id']}/tokens"
    return channel | {"token": line.api("POST", path, {"kind": "long-lived"})["value"]}


def people_of(line: SandboxServer, channel: dict[str, Any], count: int) -> list[str]:
    found = line.api("GET", f"/channels/{channel['channel_id']}/friends?limit={FRIENDS}&state=friend")["friends"]
    return [found[number % len(found)]["user_id"] for number in range(count)]


def _busiest_second(line: SandboxServer, pushed: int) -> int:
    """Return the most pushes within a second; it is an error if one got lost or LINE's limit was ever exceeded."""
    row = next(row for row in line.api("GET", "/counters")["counters"] if row["path"] == "/v2/bot/message/push")
    if row["ever_exceeded"] or row["too_many"] or row["statuses"].get("200", 0) < pushed:
        raise RuntimeError(f"Pushes were refused, lost or too fast: {row}")
    return int(row["busiest_second"])


def _apart(work: Any, *args: Any) -> Any:
    """Run in a process of its own, so that neither side inherits the other's state."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *args).result()


def _store(env: dict[str, str], channel: dict[str, Any]) -> int:
    with create_app(Config.from_env(env)).app_context():
        account: Account = store_account(channel)
        return account.id


def _with_chat(env: dict[str, str], account_id: int, people: list[str]) -> tuple[float, float]:
    """Measure pushes a second, and the milliseconds that a chat message was held back at most."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        alone = pool.submit(_chat, env, account_id, people[0], CHATS_UNLOADED, 0.0).result()
        pushing: Future[float] = pool.submit(push, env, account_id, people)
        seconds = len(people) / LIMIT
        chats = pool.submit(_chat, env, account_id, people[0], int(seconds * 0.7 / CHAT_EVERY), 2.0).result()
        rate = pushing.result()
    held_back = [chat.held_back for chat in chats]
    _print("chat alone", alone)
    _print("chat during the pushes", chats)
    return rate, max(held_back)


def _print(what: str, chats: list[Chat]) -> None:
    for part, times in (("held back", [c.held_back for c in chats]), ("in all", [c.in_all for c in chats])):
        figures = f"median {median(times):.1f}, p99 {percentile(times, 0.99):.1f}, slowest {max(times):.1f} ms"
        print(f"  {what}, {part}: {figures} of {len(times)}")


def _chat(env: dict[str, str], account_id: int, to: str, count: int, pause: float) -> list[Chat]:
    """Send so many chat messages as the console sends them."""
    chats, handed_over = [], _note_hand_over()
    with create_app(Config.from_env(env)).app_context():
        messages.push(account_id, to, HELLO, RetryKey(uuid4(), now()))
        sleep(pause)
        for _ in range(count):
            begin = perf_counter()
            outcome = messages.push(account_id, to, HELLO, RetryKey(uuid4(), now()))
            chats.append(Chat((handed_over[-1] - begin) * 1000, (perf_counter() - begin) * 1000))
            if not isinstance(outcome, Accepted):
                raise RuntimeError(f"A chat message was not accepted: {outcome}")
            sleep(CHAT_EVERY)
    return chats


def _note_hand_over() -> list[float]:
    """Note from now on when a request of this process is handed to its connection."""
    moments: list[float] = []
    exchange = async_client.exchange

    async def noted(*args: Any, **options: Any) -> Any:
        moments.append(perf_counter())
        return await exchange(*args, **options)

    async_client.exchange = noted
    return moments


def push(env: dict[str, str], account_id: int, people: list[str]) -> float:
    """Measure pushes a second, as a broadcast makes them: each with a key of its own and its outcome looked at."""
    with create_app(Config.from_env(env)).app_context():
        begin = perf_counter()
        accepted = asyncio.run(_push_all(account_id, people))
        if accepted != len(people):
            raise RuntimeError(f"{accepted} of {len(people)} pushes were accepted.")
        return len(people) / (perf_counter() - begin)


async def _push_all(account_id: int, people: list[str]) -> int:
    accepted = 0
    async with AsyncLineClient(account_id) as line:
        async for _, outcome in line.post_all(_sends(people), Lane.BROADCAST):
            accepted += isinstance(outcome, Accepted)
    return accepted


def _sends(people: list[str]) -> Iterator[Send]:
    for person in people:
        yield sends.push(person, HELLO, RetryKey(uuid4(), now()))


def _push_bare(url: str, token: str, people: list[str]) -> float:
    """Run the reference: the same requests over bare aiohttp."""
    keys = [uuid4() for _ in people]
    begin = perf_counter()
    asyncio.run(_push_bare_all(url, token, list(zip(people, keys, strict=True))))
    return len(people) / (perf_counter() - begin)


async def _push_bare_all(url: str, token: str, pushes: list[tuple[str, UUID]]) -> None:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, trust_env=False) as session:
        turns, waiting = _turns(), iter(pushes)

        async def push() -> None:
            for to, key in waiting:
                await asyncio.sleep(next(turns) - monotonic())
                headers = {"Authorization": f"Bearer {token}", "X-Line-Retry-Key": str(key)}
                body = {"to": to, "messages": HELLO}
                async with session.post(f"{url}/v2/bot/message/push", json=body, headers=headers) as answer:
                    await answer.read()

        await asyncio.gather(*(push() for _ in range(CONNECTIONS)))


def _turns() -> Iterator[float]:
    """Yield when the next request may go; a loop that stood still may catch up a little."""
    turn = monotonic()
    while True:
        turn = max(turn + 1 / LIMIT, monotonic() - 0.04)
        yield turn

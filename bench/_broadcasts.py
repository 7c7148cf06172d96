"""What the benchmarks of broadcasts share: an account with many friends, a broadcast sent by a worker, bare loops."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from time import monotonic, perf_counter
from typing import Any
from uuid import uuid4

import aiohttp
from sqlalchemy import select, text

from app.core.config import Config
from app.core.db import db
from app.core.runs import operations as runs
from app.core.runs.models import ACTIVE, Run
from app.factory import create_app
from app.messages.broadcasts import schedule
from app.messages.broadcasts.models import Broadcast, BroadcastState, TrackingKind
from app.messages.broadcasts.operations.confirming import confirm
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.broadcasts.verify import verify
from app.messages.content import message_set
from app.team.actors import SYSTEM
from bench.friend_import import store_account
from bench.harness import peak_rss_mb
from bench.mixed_load import followers_of
from tests.support.sandbox import SandboxServer

_FRIENDS = text("""
    INSERT INTO friends (account_id, line_user_id, display_name, origin)
    SELECT :account_id, person, 'Friend ' || number, 'import'
    FROM unnest(CAST(:ids AS text[])) WITH ORDINALITY AS found (person, number)
""")
AT_ONCE = 100_000


@dataclass(frozen=True)
class Sent:
    """How long a broadcast took from its start, freezing included, and the worker's peak memory."""

    seconds: float
    rss_mb: float


def apart(work: Any, *args: Any) -> Any:
    """Run in a process of its own, so that neither side inherits the other's state."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *args).result()


def open_channel(line: SandboxServer, people: int, latency_ms: int) -> dict[str, Any]:
    """Return a channel with so many friends at the sandbox, with its token."""
    latency = {"fixed_ms": latency_ms}
    channel = line.create_channel(kind="verified", population={"followers": people}, latency=latency)
    path = f"/channels/{channel['channel_id']}/tokens"
    return channel | {"token": line.api("POST", path, {"kind": "long-lived"})["value"]}


def store(env: dict[str, str], line: SandboxServer, channel: dict[str, Any]) -> tuple[int, list[str]]:
    """Store the account and its friends; returns its id and their LINE user ids."""
    ids = followers_of(line, channel)
    with create_app(Config.from_env(env)).app_context():
        account_id = store_account(channel).id
        for at in range(0, len(ids), AT_ONCE):
            db.session.execute(_FRIENDS, {"account_id": account_id, "ids": ids[at : at + AT_ONCE]})
            db.session.commit()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE friends"))
    return account_id, ids


def send(env: dict[str, str], account_id: int, words: str, tracking: str) -> Sent:
    """Send one broadcast to all friends as a worker does; raises unless everyone is sent to once."""
    app = create_app(Config.from_env(env))
    gc.collect()
    gc.freeze()
    with app.app_context():
        content = message_set.read({"messages": [{"kind": "text", "text": words}]})
        plan = BroadcastPlan("Spring", AudienceChoice(), content, TrackingKind(tracking))
        broadcast_id = create_draft(account_id, plan, actor=SYSTEM).id
        confirm(account_id, broadcast_id, seen=1, actor=SYSTEM)
        db.session.commit()
        begin = perf_counter()
        _work(broadcast_id)
        seconds, rss = perf_counter() - begin, peak_rss_mb()
        verdict = verify(broadcast_id)
        if verdict.problems or set(verdict.counts.values()) - {0} != {verdict.counts["sent"]}:
            raise RuntimeError(f"The ledger is wrong: {verdict}")
    return Sent(seconds, rss)


def _work(broadcast_id: int) -> None:
    while db.session.get_one(Broadcast, broadcast_id, populate_existing=True).state != BroadcastState.SENT:
        db.session.rollback()
        schedule.start_due()
        run_id = db.session.scalar(select(Run.id).where(Run.state.in_(ACTIVE)))
        db.session.rollback()
        if run_id is not None:
            runs.advance(run_id)


def send_bare(url: str, token: str, path: str, bodies: Sequence[bytes], rate: float, connections: int) -> float:
    """Make the same calls with bare aiohttp at LINE's rate, and record nothing; returns seconds."""
    begin = perf_counter()
    asyncio.run(_send_bare(f"{url}/v2/bot/message/{path}", token, bodies, rate, connections))
    return perf_counter() - begin


async def _send_bare(url: str, token: str, bodies: Sequence[bytes], rate: float, connections: int) -> None:
    turns, waiting = _turns(rate), iter(bodies)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    async def call() -> None:
        for body in waiting:
            await asyncio.sleep(next(turns) - monotonic())
            keyed = {**headers, "X-Line-Retry-Key": str(uuid4())}
            async with session.post(url, data=body, headers=keyed) as answer:
                await answer.read()

    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector, trust_env=False) as session:
        await asyncio.gather(*(call() for _ in range(connections)))


def _turns(rate: float) -> Iterator[float]:
    """Yield when the next call may go; a loop that stood still may catch up a little."""
    turn = monotonic()
    while True:
        turn = max(turn + 1 / rate, monotonic() - 0.04)
        yield turn


def body_of(to: str | Sequence[str], words: str) -> bytes:
    """Return the body of a push or a multicast of one text."""
    return json.dumps({"to": to, "messages": [{"type": "text", "text": words}]}, ensure_ascii=False).encode()


def busiest_second(line: SandboxServer, path: str) -> int:
    """Return the most calls within a second; it is an error if LINE's limit was ever exceeded."""
    row = next(row for row in line.api("GET", "/counters")["counters"] if row["path"] == f"/v2/bot/message/{path}")
    if row["ever_exceeded"] or row["too_many"]:
        raise RuntimeError(f"Calls were too fast: {row}")
    return int(row["busiest_second"])

"""10,000 stored sends of a workflow, delivered by one thread at 30 ms latency, against pushes that are stored nowhere.

The reference is what the gateway pushes in the same time (`push_rate`): what is between is the price of storing the way
before each request and the outcome after it. `storing` is how long it takes to store the sends, against an INSERT of
bare rows. `BENCH_SENDS=2000` sends fewer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context
from time import perf_counter
from typing import Any

from sqlalchemy import func, select, text

from app.core.config import Config
from app.core.db import db
from app.factory import create_app
from app.friends.models import FollowStatus, Friend
from app.line.models import Account
from app.messages.content import message_set
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.delivery import deliver_many
from app.messages.sending.models import MessageSend, SendState
from app.messages.sending.operations.sends import store_sends
from app.messages.sending.recipients import Recipient
from app.team.actors import SYSTEM
from bench import push_rate
from bench.friend_import import store_account
from bench.harness import Result, alternate, installation
from tests.support.sandbox import SandboxServer

SENDS = 10_000
# So many are stored by one call, as a workflow does.
AT_ONCE = 500
ROUNDS = 3
HELLO = message_set.read({"messages": [{"kind": "text", "text": "{{display_name|you}} こんにちは 🍵"}]})
_NUMBERS: Iterator[int] = count()
_BARE = text("""
    INSERT INTO bench_bare_sends (chat_id, messages)
    SELECT 'U' || n, jsonb_build_array(jsonb_build_object('type', 'text', 'text', 'こんにちは 🍵'))
    FROM generate_series(1, CAST(:rows AS bigint)) AS n
""")


def run() -> list[Result]:
    """Measure sends a second, stored and settled, and the seconds of storing them."""
    sends = int(os.environ.get("BENCH_SENDS", SENDS))
    with SandboxServer() as line, installation("single_sends") as place:
        env = {**place.env, "LINE_API_URL": line.url, "LINE_DATA_URL": line.url}
        channel = push_rate.open_channel(line)
        people = sorted(set(push_rate.people_of(line, channel, push_rate.FRIENDS)))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            account_id = pool.submit(_prepare, env, channel, people).result()
        storing: list[tuple[float, float]] = []

        def ours() -> float:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                rate, *seconds = pool.submit(_measure, env, account_id, sends).result()
            storing.append((seconds[0], seconds[1]))
            return rate

        def bare() -> float:
            given = [people[number % len(people)] for number in range(sends)]
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                return pool.submit(push_rate.push, env, account_id, given).result()

        rate, reference = alternate(ours, bare, rounds=ROUNDS)
    stored, inserted = min(storing)
    return [
        Result("single_sends", rate, "sends/s", reference, "higher", sends),
        Result("single_sends.storing", stored, "s", inserted, "lower", sends),
    ]


def _prepare(env: dict[str, str], channel: dict[str, Any], people: list[str]) -> int:
    with create_app(Config.from_env(env)).app_context():
        account = store_account(channel)
        about = {"display_name": "Hana", "follow_status": FollowStatus.FOLLOWING, "origin": "webhook"}
        db.session.add_all(Friend(account_id=account.id, line_user_id=one, **about) for one in people)
        db.session.execute(
            text("CREATE TABLE bench_bare_sends (id bigserial PRIMARY KEY, chat_id text, messages jsonb)")
        )
        db.session.commit()
        return account.id


def _measure(env: dict[str, str], account_id: int, sends: int) -> tuple[float, float, float]:
    """Return sends a second, the seconds of storing them, and those of storing bare rows."""
    with create_app(Config.from_env(env)).app_context():
        inserted = _seconds(lambda: db.session.execute(_BARE, {"rows": sends}))
        stored = _seconds(lambda: _store(account_id, sends))
        waiting = select(MessageSend.id).where(MessageSend.state == SendState.WAITING)
        ids = db.session.scalars(waiting).all()
        db.session.commit()
        delivered = _seconds(lambda: deliver_many(ids))
        sent = select(func.count()).select_from(MessageSend).where(MessageSend.id.in_(ids))
        if db.session.scalar(sent.where(MessageSend.state == SendState.SENT)) != sends:
            raise RuntimeError("Some sends were not accepted.")
        return sends / delivered, stored, inserted


def _store(account_id: int, sends: int) -> None:
    account = db.session.get_one(Account, account_id)
    query = select(Friend.id, Friend.line_user_id).where(Friend.account_id == account_id)
    people = [Recipient(account_id, row.line_user_id, row.id) for row in db.session.execute(query)]
    prefix = f"{os.getpid()}-{next(_NUMBERS)}"
    for first in range(0, sends, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, sends))
        part = [
            (people[number % len(people)], Cause(CauseKind.WORKFLOW, f"{prefix}-{number}", part_of="1"))
            for number in numbers
        ]
        store_sends(account, part, HELLO, actor=SYSTEM)


def _seconds(act: Any) -> float:
    begin = perf_counter()
    act()
    db.session.commit()
    return perf_counter() - begin

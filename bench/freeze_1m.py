"""The audience of a million friends frozen, against `INSERT … SELECT` of the same people into a plain table.

The table of the reference is logged and has the same primary key. `BENCH_FREEZE=20000` freezes fewer.
"""

from __future__ import annotations

import os
from time import perf_counter

from sqlalchemy import text

from app.core.db import db
from app.messages.broadcasts.freezing import freeze
from app.messages.broadcasts.models import TrackingKind
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.broadcasts.rendering import render
from app.messages.content import message_set
from app.team.actors import SYSTEM
from bench._population import populate
from bench.friend_import import store_account
from bench.harness import Result, alternate, installation

FRIENDS, ROUNDS = 1_000_000, 3
_TABLE = text("""
    CREATE TABLE bench_people (broadcast_id bigint, position integer, friend_id bigint NOT NULL,
                               line_user_id text NOT NULL, PRIMARY KEY (broadcast_id, position))
""")
_PLAIN = text("""
    INSERT INTO bench_people
    SELECT :number, row_number() OVER (ORDER BY id), id, line_user_id
    FROM friends WHERE account_id = :account_id AND follow_status = 'following'
""")
CHANNEL = {"channel_id": "1", "bot_user_id": "U1", "basic_id": "@1", "secret": "s", "token": "t"}


def run() -> list[Result]:
    """Measure seconds of the freezing and of the plain insert, each with its commit."""
    people = int(os.environ.get("BENCH_FREEZE", FRIENDS))
    with installation("freeze") as place, place.app.app_context():
        account_id = store_account(CHANNEL).id
        # A transaction that stands idle for so long would be ended.
        db.session.commit()
        with db.engine.connect() as connection:
            populate(connection, account_id, people, shares=())
        db.session.execute(_TABLE)
        db.session.commit()
        number = iter(range(1, 100))
        ours, plain = alternate(lambda: _frozen(account_id), lambda: _inserted(account_id, next(number)), rounds=ROUNDS)
    return [Result("freeze_1m", ours, "s", plain, "lower", people)]


def _frozen(account_id: int) -> float:
    content = message_set.read({"messages": [{"kind": "text", "text": "A new tea has come."}]})
    plan = BroadcastPlan("Spring", AudienceChoice(), content, TrackingKind.LINK)
    broadcast = create_draft(account_id, plan, actor=SYSTEM)
    rendering = render(broadcast)
    db.session.commit()
    begin = perf_counter()
    freeze(broadcast, [rendering])
    db.session.commit()
    return perf_counter() - begin


def _inserted(account_id: int, number: int) -> float:
    begin = perf_counter()
    db.session.execute(_PLAIN, {"account_id": account_id, "number": number})
    db.session.commit()
    return perf_counter() - begin

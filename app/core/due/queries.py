"""Numbers of due rows, for /metrics and for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sqlalchemy import func, select

from app.core.clock import database_now
from app.core.db import db
from app.core.due.claims import COUNTERS
from app.core.due.registry import DueKind
from app.core.queue import broker

# Counting goes no further than this.
MOST_COUNTED = 100_000


@dataclass(frozen=True)
class DueState:
    """`due`: rows that could be claimed now, at most MOST_COUNTED. `oldest`: seconds that the first of them waits."""

    due: int
    oldest: float


def state_of(kind: DueKind) -> DueState:
    """Return how many rows of a kind are due and for how long."""
    rows = select(kind.id).where(*kind.due()).limit(MOST_COUNTED).subquery()
    age = func.extract("epoch", database_now() - func.min(kind.column("due_at")))
    due = db.session.scalar(select(func.count()).select_from(rows))
    return DueState(due or 0, float(db.session.scalar(select(age).where(*kind.due())) or 0))


def counters() -> dict[tuple[str, str], int]:
    """Return by (what, kind) how often rows were `retried` and `given_up`, as counted in Redis; raises RedisError."""
    found: dict[tuple[str, str], int] = {}
    stored = cast(dict[bytes, bytes], broker.client.hgetall(COUNTERS))
    for name, number in stored.items():
        what, _, kind = name.decode().partition(":")
        found[what, kind] = int(number)
    return found

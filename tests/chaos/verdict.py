"""What must be true when all is over, looked up in the database and at LINE's stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text

from app.core.db import db
from app.core.runs.models import Run, RunState
from app.friends.models import Friend
from app.line.models import EventState
from tests.chaos.talk import Told
from tests.chaos.webhooks import Deliveries

_STATES = text("SELECT state, count(*) AS number FROM webhook_events GROUP BY state")
_LINES = text("SELECT data ->> 'message_id' FROM activities WHERE kind = 'message'")
_READABLE = text(
    "SELECT data ->> 'message_id' FROM activities WHERE data ? 'text'"
    " UNION SELECT payload -> 'message' ->> 'id' FROM webhook_events WHERE payload -> 'message' ? 'text'"
)


def faults_of_imports(followers: dict[int, list[str]], run_ids: Sequence[int]) -> list[str]:
    """Compare what is stored with LINE's followers by account; a sentence for each difference."""
    runs = db.session.scalars(select(Run).where(Run.id.in_(run_ids)))
    return [fault for run in runs for fault in _faults_of(run, followers[run.subject_id])]


def _faults_of(run: Run, expected: list[str]) -> list[str]:
    stored = list(db.session.scalars(select(Friend.line_user_id).where(Friend.account_id == run.subject_id)))
    claims = {
        f"the import ended as {run.state} ({run.reason})": run.state == RunState.COMPLETED,
        f"{len(set(expected) - set(stored))} friends were lost": set(expected) <= set(stored),
        f"{len(set(stored) - set(expected))} friends are not LINE's": set(stored) <= set(expected),
        f"{len(stored) - len(set(stored))} friends are there twice": len(stored) == len(set(stored)),
        f"it counted {run.counts} of {len(expected)}": run.counts.get("new") == run.done == len(expected),
    }
    return [f"account {run.subject_id}: {words}" for words, holds in claims.items() if not holds]


def faults_of_webhooks(deliveries: Deliveries) -> list[str]:
    """Compare what is stored and done with what was delivered."""
    states = {row.state: row.number for row in db.session.execute(_STATES)}
    stored, done = sum(states.values()), states.get(EventState.PROCESSED, 0)
    claims = {
        f"{len(deliveries.refused)} deliveries were refused, the first with {deliveries.refused[:1]}": (
            not deliveries.refused
        ),
        f"{stored} events are stored of {deliveries.accepted}": stored == deliveries.accepted,
        f"{done} events are processed of {stored}: {states}": stored == done,
    }
    return [words for words, holds in claims.items() if not holds]


def faults_of_talk(told: Told) -> list[str]:
    """Compare stored events and timelines with what people said: each once, and nothing of what was taken back."""
    states = {row.state: row.number for row in db.session.execute(_STATES)}
    stored, done = sum(states.values()), states.get(EventState.PROCESSED, 0)
    lines = list(db.session.scalars(_LINES))
    readable = set(db.session.scalars(_READABLE)) & told.taken_back
    claims = {
        f"{stored} events are stored of {len(told.events)}": stored == len(told.events),
        f"{done} events are processed of {stored}: {states}": stored == done,
        f"{len(told.messages - set(lines))} messages are on no timeline": told.messages <= set(lines),
        f"{len(lines) - len(set(lines))} messages are on timelines twice": len(lines) == len(set(lines)),
        f"{len(readable)} messages that were taken back can be read": not readable,
    }
    return [words for words, holds in claims.items() if not holds]


def faults_of_id_links(account_id: int, run_id: int, expected: int) -> list[str]:
    """Compare the stored ID links with those of the file."""
    query = "SELECT count(*) FROM id_links WHERE account_id = :account_id"
    stored, run = scalar(query, account_id=account_id), db.session.get_one(Run, run_id)
    claims = {
        f"{stored} ID links are stored of {expected}": stored == expected,
        f"the ID links ended as {run.state} ({run.reason})": run.state == RunState.COMPLETED,
    }
    return [words for words, holds in claims.items() if not holds]


def deadlocks() -> int:
    """Return how many deadlocks PostgreSQL has broken in this database."""
    return int(scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))


def scalar(query: str, **values: Any) -> Any:
    """Ask one value, and leave no transaction open."""
    value = db.session.scalar(text(query), values)
    db.session.rollback()
    return value

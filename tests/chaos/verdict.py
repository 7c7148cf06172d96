"""What must be true when all is over, looked up in the database and at LINE's stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text

from app.core.db import db
from app.core.runs.models import Run, RunState
from app.friends.models import Friend
from app.line.models import EventState
from tests.chaos.webhooks import Deliveries

_STATES = text("SELECT state, count(*) AS number FROM webhook_events GROUP BY state")


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


def scalar(query: str, **values: Any) -> Any:
    """Ask one value, and leave no transaction open."""
    value = db.session.scalar(text(query), values)
    db.session.rollback()
    return value

"""Runs of a subject or an account, their history, pace and time left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import func, select

from app.core.db import db
from app.core.runs.models import ACTIVE, Run


def run_by_id(kind: str, subject_id: int, run_id: int) -> Run | None:
    """Return the run, if it is of this kind and subject."""
    return db.session.scalar(select(Run).where(Run.id == run_id, Run.kind == kind, Run.subject_id == subject_id))


def active_run(kind: str, subject_id: int) -> Run | None:
    """Return the run that is queued or running, if any."""
    return db.session.scalars(
        select(Run).where(Run.kind == kind, Run.subject_id == subject_id, Run.state.in_(ACTIVE)).order_by(Run.id)
    ).first()


def latest_run(kind: str, subject_id: int) -> Run | None:
    """Return the newest run, whatever its state."""
    return db.session.scalars(
        select(Run).where(Run.kind == kind, Run.subject_id == subject_id).order_by(Run.id.desc()).limit(1)
    ).first()


def history(kind: str, subject_id: int, limit: int = 20, before: int | None = None) -> Sequence[Run]:
    """Return the newest runs first, or the newest of those before the run with this number."""
    query = select(Run).where(Run.kind == kind, Run.subject_id == subject_id).order_by(Run.id.desc()).limit(limit)
    return db.session.scalars(query if before is None else query.where(Run.id < before)).all()


def run_ahead(run: Run, kinds: Collection[str]) -> int | None:
    """Return the id of the active run of these kinds that comes right before this one on its subject, if any."""
    mine = (Run.kind.in_(kinds), Run.subject_id == run.subject_id, Run.state.in_(ACTIVE))
    return db.session.scalar(select(func.max(Run.id)).where(*mine, Run.id < run.id))


def active_runs(account_ids: Sequence[int]) -> Sequence[Run]:
    """Return the active runs of these accounts, oldest first."""
    query = select(Run).where(Run.account_id.in_(account_ids), Run.state.in_(ACTIVE)).order_by(Run.id)
    return db.session.scalars(query).all()


def rate(run: Run) -> float | None:
    """Return items per second lately; None while it is too early to say."""
    return run.pace


def time_left(run: Run) -> timedelta | None:
    """Return how long it will still take at the present rate; None when that cannot be said."""
    if not run.is_active or not run.pace or run.total is None:
        return None
    return timedelta(seconds=max(0.0, (run.total - run.done) / run.pace))

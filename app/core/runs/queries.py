"""Runs of a subject or an account, their history, pace and time left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import exists, func, select

from app.core.db import db
from app.core.pages import FIRST_PAGE, Page, PagePosition, newest_first, placed
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


def history(
    kind: str, subject_id: int, place: PagePosition = FIRST_PAGE, *, oldest: bool = False, only_ended: bool = False
) -> Page[Run]:
    """Return one page of the runs, the newest or the oldest first; raises InvalidInput for a made-up page key."""
    query = select(Run).where(Run.kind == kind, Run.subject_id == subject_id)
    if only_ended:
        query = query.where(Run.state.not_in(ACTIVE))
    return placed(newest_first(query, Run.created_at, oldest=oldest, **place.keys), place)


def has_run(kind: str, subject_id: int, states: Collection[str]) -> bool:
    """Return whether the subject has a run in one of these states."""
    query = exists().where(Run.kind == kind, Run.subject_id == subject_id, Run.state.in_(states))
    return bool(db.session.scalar(select(query)))


def count_runs(kind: str, subject_id: int, *, only_ended: bool = False) -> int:
    """Return how many runs all pages of the history hold."""
    mine = (Run.kind == kind, Run.subject_id == subject_id, *([Run.state.not_in(ACTIVE)] if only_ended else []))
    return db.session.scalar(select(func.count()).select_from(Run).where(*mine)) or 0


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

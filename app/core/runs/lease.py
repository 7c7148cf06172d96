"""A worker's hold on a run: saving progress is a guarded update, so that a worker presumed dead can change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import or_, update

from app.core.clock import now
from app.core.db import db
from app.core.runs.models import ACTIVE, Run, RunState

LEASE_SECONDS = 30


class LeaseLost(Exception):
    """Another worker took over, or the run ended meanwhile; stop without a word."""


class Cancelled(Exception):
    """Somebody asked to stop; what is saved stays."""


class Lease:
    """One claimed run. `run` is a detached copy of the row; only `save` changes the row."""

    def __init__(self, run: Run, token: UUID) -> None:
        self.run, self.token = run, token

    def save(
        self,
        *,
        cursor: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        done: int = 0,
        total: int | None = None,
    ) -> None:
        """Record progress in the caller's transaction and prolong the hold; the caller commits.

        `cursor` replaces the cursor's given names, `add` raises counters, `done` raises the done count, `total` sets
        the total. Raises LeaseLost or Cancelled, upon which the caller's transaction must be rolled back.
        """
        run = self.run
        values: dict[str, Any] = {
            "cursor": {**run.cursor, **(cursor or {})},
            "counts": {**run.counts, **{k: run.counts.get(k, 0) + v for k, v in (add or {}).items()}},
            "done": run.done + done,
            "total": run.total if total is None else total,
        }
        self.write(**values, attempts=0, reason=None, reason_values={}, **_held())
        for name, value in values.items():
            setattr(run, name, value)

    def prolong(self) -> None:
        """Say that the work is alive, in a transaction of its own."""
        self.write(**_held())
        db.session.commit()

    def write(self, **values: Any) -> None:
        """The guarded update behind everything; raises LeaseLost or Cancelled."""
        row = db.session.execute(
            update(Run)
            .where(Run.id == self.run.id, Run.lease == self.token, Run.state == RunState.RUNNING)
            .values(**values)
            .returning(Run.cancel_requested_at)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if row is None:
            db.session.rollback()
            raise LeaseLost
        if row.cancel_requested_at is not None and values.get("state") is None:
            db.session.rollback()
            raise Cancelled


def _held() -> dict[str, datetime]:
    moment = now()
    return {"leased_until": moment + timedelta(seconds=LEASE_SECONDS), "heartbeat_at": moment}


def claim(run_id: int) -> Lease | None:
    """Take hold of a due run that nobody holds; None when there is nothing to take."""
    token, moment = uuid4(), now()
    run = db.session.scalar(
        update(Run)
        .where(Run.id == run_id, Run.state.in_(ACTIVE), Run.due_at <= moment)
        .where(or_(Run.leased_until.is_(None), Run.leased_until < moment))
        .values(
            state=RunState.RUNNING,
            lease=token,
            started_at=db.func.coalesce(Run.started_at, moment),
            **_held(),
        )
        .returning(Run)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if run is None:
        db.session.rollback()
        return None
    db.session.commit()
    db.session.refresh(run)
    db.session.expunge(run)
    db.session.commit()
    return Lease(run, token)

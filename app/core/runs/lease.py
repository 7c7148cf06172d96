"""A worker's hold on a run: saving progress is a guarded update, so that a worker presumed dead can change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, RowMapping, update

from app.core import shutdown
from app.core.clock import database_now, has_lapsed, now
from app.core.db import db
from app.core.runs import cursors
from app.core.runs.cursors import CursorT
from app.core.runs.models import ACTIVE, Run, RunState

# How long a worker that died keeps its run. A living one renews the lease every two seconds (lease_renewal.py).
LEASE_SECONDS = 10
# The pace is that of about the last so many seconds of work.
PACE_SECONDS = 10


class LeaseLost(Exception):
    """Another worker took over, or the run has ended; stop and write nothing."""


class Cancelled(Exception):
    """A cancel was requested; what is saved stays."""


class Lease:
    """One claimed run. `run` is a copy that no session knows; only `save` and `prolong` change the row."""

    def __init__(self, row: RowMapping, token: UUID) -> None:
        self.run, self.token = Run(**row), token
        # The run that comes first, once a slice has said so.
        self.waits_for: int | None = None
        # The first save of a sitting only starts the clock of the pace.
        self._paced_at: datetime | None = None

    def cursor(self, kind: type[CursorT]) -> CursorT:
        """Return the run's cursor, of the type that its kind has registered. Raises PermanentFailure if unreadable."""
        return cursors.read(kind, self.run.cursor)

    def wait_for(self, run_id: int) -> None:
        """Note which run comes first; the slice then says WAIT, and the end of that run makes this one due."""
        self.waits_for = run_id

    def save(
        self,
        *,
        cursor: object | None = None,
        add: Mapping[str, int] | None = None,
        done: int = 0,
        skipped: int = 0,
        total: int | None = None,
        restart: bool = False,
    ) -> None:
        """Record progress in the caller's transaction and prolong the hold; the caller commits.

        `cursor` is the kind's cursor as it is now, `add` raises counters, `done` raises the done count, `skipped` too
        but without counting as speed, `total` sets the total; `restart` first forgets all counts and the pace. Raises
        LeaseLost or Cancelled, upon which the caller's transaction is already rolled back; a caller that rolls back by
        itself calls `prolong` before it saves again.
        """
        run = self.run
        if restart:
            # What is counted now has a pace of its own.
            run.pace = self._paced_at = None
        counts, before, known_total = ({}, 0, None) if restart else (run.counts, run.done, run.total)
        values: dict[str, Any] = {
            "cursor": run.cursor if cursor is None else cursors.write(cursor),
            "counts": {**counts, **{name: counts.get(name, 0) + more for name, more in (add or {}).items()}},
            "done": before + done + skipped,
            "total": known_total if total is None else total,
            "pace": self._pace(done),
        }
        self.write(**values, attempts=0, troubled_since=None, reason=None, reason_values={}, **held())

    def prolong(self) -> None:
        """Renew the lease in a transaction of its own, and read the stored row again.

        Raises Stopped as well, when this process was asked to stop: every slice passes here before the next one.
        """
        self.write(**held())
        db.session.commit()
        shutdown.raise_if_requested()

    def write(self, **values: Any) -> None:
        """Update the row if the lease still holds, and read it into `run`. Raises LeaseLost or Cancelled."""
        row = db.session.execute(
            update(Run)
            .where(Run.id == self.run.id, Run.lease == self.token, Run.state == RunState.RUNNING)
            .values(**values)
            .returning(*Run.__table__.c)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if row is None:
            db.session.rollback()
            raise LeaseLost
        if row.cancel_requested_at is not None and values.get("state") is None:
            db.session.rollback()
            raise Cancelled
        for name, value in row._mapping.items():
            setattr(self.run, name, value)

    def _pace(self, done: int) -> float | None:
        before = self.run.pace
        if not done:
            return before
        moment, since = now(), self._paced_at
        self._paced_at = moment
        seconds = (moment - since).total_seconds() if since else 0
        if seconds <= 0:
            return before
        recent = done / seconds
        return recent if before is None else before + min(1.0, seconds / PACE_SECONDS) * (recent - before)


def held() -> dict[str, ColumnElement[datetime]]:
    """Return the columns of a lease that begins now, by the database's clock."""
    return {"leased_until": database_now(LEASE_SECONDS), "heartbeat_at": database_now()}


def is_free() -> ColumnElement[bool]:
    """Return the condition for runs that no living worker holds."""
    return has_lapsed(Run.leased_until, LEASE_SECONDS)


def claim(run_id: int) -> Lease | None:
    """Claim a due run that no worker holds; None when there is none."""
    token, moment = uuid4(), database_now()
    row = db.session.execute(
        update(Run)
        .where(Run.id == run_id, Run.state.in_(ACTIVE), Run.due_at <= moment)
        .where(is_free())
        .values(state=RunState.RUNNING, lease=token, started_at=db.func.coalesce(Run.started_at, moment))
        .values(waits_for=None, **held())
        .returning(*Run.__table__.c)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.commit()
    return Lease(row._mapping, token) if row else None

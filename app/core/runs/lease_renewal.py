"""Renew the lease of a run from a background thread for as long as a worker works on it.

Leases are short, so that another worker soon goes on where one died, and a slice may still take its time: only a
process that is dead, frozen or cut off from the database lets its lease end.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db
from app.core.runs.lease import Lease, held
from app.core.runs.models import Run, RunState

log = structlog.get_logger(__name__)
# Several renewals fit into a lease, so that one may fail or be late.
RENEW_SECONDS = 2.0


@contextmanager
def renewing(lease: Lease) -> Iterator[None]:
    """Renew the lease until the block ends; a lease that was lost or given back is left alone."""
    over = threading.Event()
    arguments = (db.engine, lease.run.id, lease.token, over)
    threading.Thread(target=_renew_until, args=arguments, name="lease", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _renew_until(engine: Engine, run_id: int, token: UUID, over: threading.Event) -> None:
    while not over.wait(RENEW_SECONDS):
        try:
            renew(engine, run_id, token)
        except SQLAlchemyError as error:
            log.warning("run.not_renewed", error=type(error).__name__)


def renew(engine: Engine, run_id: int, token: UUID) -> bool:
    """Renew this lease in a transaction of its own; False when it is another's now, or the run has ended.

    A row that the slice's own transaction has locked is passed over: no worker can take it before that transaction
    ends, and the lease is renewed with it.
    """
    mine = select(Run.id).where(Run.id == run_id, Run.lease == token, Run.state == RunState.RUNNING)
    found = mine.with_for_update(skip_locked=True).scalar_subquery()
    with engine.begin() as connection:
        return bool(connection.execute(update(Run.__table__).where(Run.id == found).values(held())).rowcount)  # type: ignore[arg-type]

"""What an error of the database means for those who wait for an answer, and writing only while it takes changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import psycopg
import structlog
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.db.base import db

log = structlog.get_logger(__name__)


class Trouble(StrEnum):
    """AWAY: it does not answer. READ_ONLY: it takes no changes. FULL: no room is left. BUSY: no connection is free."""

    AWAY = "away"
    READ_ONLY = "read_only"
    FULL = "full"
    BUSY = "busy"


_MEANINGS: dict[type[BaseException], Trouble] = {
    errors.ReadOnlySqlTransaction: Trouble.READ_ONLY,
    errors.DiskFull: Trouble.FULL,
    errors.TooManyConnections: Trouble.BUSY,
    PoolTimeout: Trouble.BUSY,
    errors.AdminShutdown: Trouble.AWAY,
    errors.CrashShutdown: Trouble.AWAY,
    errors.CannotConnectNow: Trouble.AWAY,
    errors.IdleInTransactionSessionTimeout: Trouble.AWAY,
}


def trouble_of(error: BaseException) -> Trouble | None:
    """Return what is wrong with the database as a whole; None for an error of the statement, and for other errors."""
    cause = getattr(error, "orig", None) or error
    known = next((trouble for kind, trouble in _MEANINGS.items() if isinstance(cause, kind)), None)
    if known is not None:
        return known
    # Without a state the server did not say anything: the connection failed or broke off.
    is_lost = isinstance(cause, psycopg.OperationalError) and cause.sqlstate is None
    if is_lost and "too many clients" in str(cause):
        return Trouble.BUSY
    return Trouble.AWAY if is_lost or getattr(error, "connection_invalidated", False) else None


def state() -> Trouble | None:
    """Ask the database how it is; None when it answers and takes changes. Leaves no failed transaction behind."""
    try:
        is_read_only = db.session.scalar(text("SELECT current_setting('transaction_read_only')")) == "on"
    except (SQLAlchemyError, OSError) as error:
        db.session.rollback()
        return trouble_of(error) or Trouble.AWAY
    return Trouble.READ_ONLY if is_read_only else None


@contextmanager
def optional_write() -> Iterator[None]:
    """Go on without what the block writes while the database takes no changes, as a page that is only read can."""
    try:
        with db.session.begin_nested():
            yield
    except DBAPIError as error:
        if trouble_of(error) not in {Trouble.READ_ONLY, Trouble.FULL}:
            raise
        log.warning("database.not_written", trouble=trouble_of(error))

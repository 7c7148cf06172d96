"""Process due rows, batch by batch, for about a second."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from dramatiq.middleware import Interrupt
from sqlalchemy import ColumnElement

from app.core import shutdown
from app.core.db import db
from app.core.due.claims import Claim, claim
from app.core.due.registry import DueKind
from app.core.errors import PermanentFailure, RetryLater
from app.core.shutdown import Stopped

log = structlog.get_logger(__name__)
SITTING_SECONDS = 1.0
# Settles the claim's rows in the session's transaction, which is committed afterwards. False: leave the rest for now.
Handler = Callable[[Claim], bool | None]


def process(kind: DueKind, handle: Handler, *where: ColumnElement[bool], again: Callable[[], object]) -> int:
    """Claim and handle due rows that fit `where`; returns how many. `again` wakes a worker for what is left.

    No transaction is open when the handler is called. RetryLater from it postpones the batch, PermanentFailure gives
    it up. After any other error each row is handled alone, so that one bad row costs only itself. Rows that the
    handler does not settle come back when their lease ends.
    """
    until, handled = time.monotonic() + SITTING_SECONDS, 0
    claimed = None if shutdown.is_requested() else claim(kind, kind.batch, *where)
    while claimed:
        handled += len(claimed)
        goes_on, is_full = _hand_over(claimed, handle), len(claimed) == kind.batch
        if not (goes_on and is_full) or time.monotonic() >= until or shutdown.is_requested():
            db.session.commit()
            if goes_on and is_full:
                again()
            return handled
        # What came of this batch is committed together with the next claim.
        claimed = claim(kind, kind.batch, *where)
    return handled


def _hand_over(claimed: Claim, handle: Handler) -> bool:
    worn_out = claimed.worn_out()
    if worn_out:
        claimed.give_up(worn_out, reason="unexpected")
        db.session.commit()
        claimed = Claim(claimed.kind, [row for row in claimed.rows if row.id not in worn_out], claimed.until)
    return _handle(claimed, handle) if claimed else True


def _handle(claimed: Claim, handle: Handler) -> bool:
    try:
        return handle(claimed) is not False
    except Exception as error:
        db.session.rollback()
        return _after_error(claimed, handle, error)
    except Interrupt:
        db.session.rollback()
        claimed.release()
        return False


def _each_alone(claimed: Claim, handle: Handler) -> bool:
    goes_on = True
    for one in claimed.split():
        goes_on = _handle(one, handle) and goes_on
        db.session.commit()
    return goes_on


def _after_error(claimed: Claim, handle: Handler, error: Exception) -> bool:
    if isinstance(error, Stopped):
        claimed.release()
        return False
    if isinstance(error, RetryLater):
        claimed.later(reason=error.code, after=error.after)
    elif isinstance(error, PermanentFailure):
        claimed.give_up(reason=error.code)
    elif len(claimed) > 1:
        return _each_alone(claimed, handle)
    else:
        log.error("due.unexpected_error", kind=claimed.kind.name, row=claimed.ids()[0], exc_info=error)
        claimed.later(reason="unexpected")
    return True

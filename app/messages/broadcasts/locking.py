"""Broadcasts locked for a change, and what several operations do with one."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.i18n import _l
from app.messages.broadcasts.models import Broadcast, BroadcastState
from app.messages.broadcasts.schedule import STARTS

NO_DRAFT = _l("This broadcast was confirmed, so it cannot be changed. Cancel it first, or copy it.")
MOST_AHEAD = timedelta(days=3_653)
IN_THE_PAST = _l("This time has passed. Choose a later one.")


def locked(account_id: int, broadcast_id: int) -> Broadcast:
    """Lock the row until the transaction ends and return it as it is then; raises NotFound."""
    mine = select(Broadcast).where(Broadcast.account_id == account_id, Broadcast.id == broadcast_id)
    found = db.session.scalars(mine.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def locked_draft(account_id: int, broadcast_id: int) -> Broadcast:
    """Lock a draft; raises NotFound, and Conflict for what is no draft any more."""
    found = locked(account_id, broadcast_id)
    if not found.is_draft:
        raise Conflict(NO_DRAFT)
    return found


def check_time(scheduled_at: datetime | None) -> None:
    """Raise InvalidInput for a moment that is over, or so far ahead that calendars may not reach it."""
    if scheduled_at is not None and scheduled_at <= now():
        raise InvalidInput(scheduled_at=IN_THE_PAST)
    if scheduled_at is not None and scheduled_at > now() + MOST_AHEAD:
        raise InvalidInput(scheduled_at=_l("Choose a moment within the next ten years."))


def back_to_draft(broadcast: Broadcast) -> None:
    """Make a draft of a broadcast that has not begun."""
    broadcast.state, broadcast.reserved_units = BroadcastState.DRAFT, 0
    broadcast.confirmed_by = broadcast.confirmed_by_key = broadcast.confirmed_at = broadcast.seconded_by = None
    broadcast.price_yen = None
    broadcast.reason, broadcast.reason_values = None, {}
    broadcast.version += 1
    STARTS.withdraw(broadcast)

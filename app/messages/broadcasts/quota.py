"""Message units of a month: what LINE's quota leaves after everything that is sent or scheduled in it.

LINE counts people reached, by months of Japan's time. What was sent after LINE was last asked is not in its number yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, literal, select

from app.core.clock import now
from app.core.db import db
from app.line.models import Account
from app.messages.broadcasts.models import UNDER_WAY, Broadcast, RecipientState

JAPAN = ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True)
class MonthUnits:
    """Units of one month; `limit` and `left` are None where the account has no limit or LINE has not told it yet.

    `used` is what was sent, `reserved` what so many `others` keep that are scheduled or being sent.
    """

    limit: int | None
    used: int
    reserved: int
    others: int

    @property
    def left(self) -> int | None:
        """Return how many may still be spent; never below zero."""
        return None if self.limit is None else max(0, self.limit - self.used - self.reserved)


def month_of(moment: datetime) -> tuple[datetime, datetime]:
    """Return the first moment of the month in Japan's time, and that of the next month."""
    first = moment.astimezone(JAPAN).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, (first + timedelta(days=32)).replace(day=1)


def units_of(account: Account, at: datetime, *, without_id: int | None = None) -> MonthUnits:
    """Return the units of the month of `at`, with what all broadcasts but `without_id` have just sent or reserve."""
    first, after = month_of(at)
    mine = [Broadcast.account_id == account.id, Broadcast.id != (without_id or 0)]
    used = (account.quota_used or 0) + _sent_since(account, mine, first) if first <= now() < after else 0
    # What has begun takes its units from now on, also where it goes on in a later month.
    unsent = func.coalesce(Broadcast.scheduled_at, Broadcast.confirmed_at)
    planned = case((Broadcast.started_at.is_not(None), now()), else_=unsent)
    waiting = select(func.coalesce(func.sum(Broadcast.reserved_units), 0), func.count()).where(
        *mine,
        Broadcast.state.in_(UNDER_WAY),
        Broadcast.reserved_units > 0,
        planned >= first,
        planned < after,
    )
    reserved, others = db.session.execute(waiting).one()
    return MonthUnits(account.quota_limit, used, int(reserved), others)


def _sent_since(account: Account, mine: list[ColumnElement[bool]], first: datetime) -> int:
    """Return what broadcasts that have come to their end have sent, or may have sent, since LINE was asked."""
    asked = max(account.quota_checked_at or first, first)
    counted = [Broadcast.counts[state.value].as_integer() for state in (RecipientState.SENT, RecipientState.UNKNOWN)]
    sent = sum((func.coalesce(one, 0) for one in counted), literal(0))
    ended = select(func.sum(sent)).where(*mine, Broadcast.finished_at > asked)
    return int(db.session.scalar(ended) or 0)

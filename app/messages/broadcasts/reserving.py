"""Keep message units of the month for a broadcast, so that no other one spends them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, PermanentFailure
from app.core.i18n import _
from app.line.models import Account
from app.messages.broadcasts import reasons
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.quota import month_of, units_of
from app.messages.broadcasts.words import month_words


def locked_account(account_id: int) -> Account:
    """Lock the account, so that one broadcast after the other takes units; lock it before a broadcast."""
    mine = select(Account).where(Account.id == account_id).with_for_update(key_share=True)
    return db.session.scalars(mine.execution_options(populate_existing=True)).one()


def reserve_frozen(account: Account, broadcast: Broadcast, people: int) -> None:
    """Keep units for the people who are sent to from now on, who may be other than those of the review.

    Raises PermanentFailure where they are more, or of another month, and that month does not have so many left.
    """
    planned = broadcast.scheduled_at or broadcast.confirmed_at or now()
    is_kept = people <= broadcast.reserved_units and month_of(planned) == month_of(now())
    left = None if is_kept else _missing(account, broadcast, people, now())
    if left is not None:
        raise PermanentFailure(reasons.UNITS, wanted=people, left=left)
    broadcast.reserved_units = people


def _missing(account: Account, broadcast: Broadcast, wanted: int, at: datetime) -> int | None:
    """Return how many units the month of `at` has left where that is less than wanted."""
    left = units_of(account, at, without_id=broadcast.id).left
    return left if left is not None and wanted > left else None


def check_units(account: Account, broadcast: Broadcast, wanted: int, at: datetime) -> None:
    """Raise Conflict where the month of `at` does not have so many units left after everything that is scheduled."""
    left = _missing(account, broadcast, wanted, at)
    if left is not None:
        raise Conflict(
            _(
                "The messages of %(month)s do not suffice after everything that is scheduled."
                " Needed: %(wanted)s. Left: %(left)s.",
                month=month_words(at),
                wanted=wanted,
                left=left,
            )
        )

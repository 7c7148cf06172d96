"""Keep message units of the month for a broadcast, so that no other one spends them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import _
from app.line.models import Account
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.quota import units_of
from app.messages.broadcasts.words import month_words


def locked_account(account_id: int) -> Account:
    """Lock the account, so that one broadcast after the other takes units; lock it before a broadcast."""
    mine = select(Account).where(Account.id == account_id).with_for_update(key_share=True)
    return db.session.scalars(mine.execution_options(populate_existing=True)).one()


def check_units(account: Account, broadcast: Broadcast, wanted: int, at: datetime) -> None:
    """Raise Conflict where the month of `at` does not have so many units left after everything that is scheduled."""
    left = units_of(account, at, without_id=broadcast.id).left
    if left is not None and wanted > left:
        raise Conflict(
            _(
                "The messages of %(month)s do not suffice after everything that is scheduled."
                " Needed: %(wanted)s. Left: %(left)s.",
                month=month_words(at),
                wanted=wanted,
                left=left,
            )
        )

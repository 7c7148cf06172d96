"""LINE's own statistics of what was sent under a name: names are taken within LINE's limit, figures fetched and kept.

LINE counts 1,000 names a month, tells nothing of fewer than 20 people, changes figures for 14 days after a send, and
answers 60 such questions an hour.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway.insight import InsightClient
from app.line.models import Account, AccountState
from app.messages.tracking.models import UnitStatistics

NAME = re.compile(r"[a-zA-Z0-9_]{1,30}")
MOST_NAMES, MOST_CALLS = 1_000, 60
LONGEST_SPAN = timedelta(days=30)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FROZEN_AFTER = timedelta(days=14)
# Figures move fast on the first day.
YOUNG, LOOK_WHILE_YOUNG = timedelta(days=1), timedelta(hours=3)
JAPAN = ZoneInfo("Asia/Tokyo")

UNITS = register(
    DueKind(
        "messages.units",
        UnitStatistics,
        wake=lambda account_id: queue.wake("messages.tracking.fetch_units", account_id),
        partition=(UnitStatistics.account_id, select(Account.id).where(Account.state == AccountState.CONNECTED)),
        columns=(UnitStatistics.account_id,),
        # A row is one question, for which LINE may take its time.
        batch=1,
    )
)


def use_unit(account_id: int, name: str) -> bool:
    """Note that messages are being sent under this name; False where LINE would not count it, this month's names used.

    Call it before the send, and send without the name then. Raises ValueError for what cannot be a name.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name that LINE takes.")
    # One after the other, so that two do not both take the last name.
    db.session.execute(select(Account.id).where(Account.id == account_id).with_for_update(key_share=True))
    moment = now()
    mine = (UnitStatistics.account_id == account_id, UnitStatistics.month == _month(moment))
    row = db.session.scalar(select(UnitStatistics).where(*mine, UnitStatistics.name == name))
    if row is None:
        if (db.session.scalar(select(func.count()).select_from(UnitStatistics).where(*mine)) or 0) >= MOST_NAMES:
            return False
        row = UnitStatistics(account_id=account_id, month=_month(moment), name=name, first_sent_at=moment)
        db.session.add(row)
    row.last_sent_at = moment
    UNITS.order(row, after=LOOK_WHILE_YOUNG)
    return True


def fetch_units(account_id: int) -> None:
    """Ask LINE for the figures of this account that are due, within its limit."""
    process(UNITS, _fetch, UnitStatistics.account_id == account_id, again=lambda: UNITS.wake(account_id))


def figures_of(account_id: int, month: str, name: str) -> dict[str, Any] | None:
    """Return what LINE told last of a name; None where it has told nothing yet."""
    mine = (UnitStatistics.account_id == account_id, UnitStatistics.month == month, UnitStatistics.name == name)
    return db.session.scalar(select(UnitStatistics.figures).where(*mine))


def latest_unit(account_id: int, name: str) -> UnitStatistics | None:
    """Return what is known of a name in the latest month in which it was used; None for one that was never used."""
    mine = (UnitStatistics.account_id == account_id, UnitStatistics.name == name)
    return db.session.scalars(select(UnitStatistics).where(*mine).order_by(UnitStatistics.month.desc())).first()


def look_again(account_id: int, name: str) -> bool:
    """Have LINE asked about a name as soon as it takes a question; False for a name that was never used."""
    row = latest_unit(account_id, name)
    if row is None:
        return False
    UNITS.order(row)
    queue.after_commit(db.session, "messages.tracking.fetch_units", account_id)
    return True


def _fetch(claim: Claim) -> bool:
    (row,) = claim.rows
    if wait := _wait_for_turn(row.account_id):
        claim.later(after=wait, counts=False)
        return False
    unit = db.session.get_one(UnitStatistics, row.id, populate_existing=True)
    unit.asked_at = now()
    name, first, sent = unit.name, unit.first_sent_at, unit.last_sent_at
    last = min(now(), first + LONGEST_SPAN)
    db.session.commit()
    try:
        found = InsightClient(row.account_id).unit(name, first.astimezone(JAPAN).date(), last.astimezone(JAPAN).date())
    except PermanentFailure as error:
        claim.give_up(reason=error.code)
        return True
    except RetryLater as error:
        claim.later(reason=error.code, after=error.after)
        return False
    claim.done(figures=found, figures_at=now())
    _order_next(row.id, sent)
    return True


def _order_next(unit_id: int, last_sent: datetime) -> None:
    """Order the next look unless the figures are final, or a send has ordered one since."""
    age = now() - last_sent
    if age <= FROZEN_AFTER + DAY:
        unit = db.session.get_one(UnitStatistics, unit_id, populate_existing=True)
        if unit.due_at is None:
            UNITS.order(unit, after=LOOK_WHILE_YOUNG if age < YOUNG else DAY)


def _wait_for_turn(account_id: int) -> timedelta | None:
    """Return how long until LINE takes another question of this account; None where it takes one now."""
    asked = select(UnitStatistics.asked_at).where(
        UnitStatistics.account_id == account_id, UnitStatistics.asked_at > now() - HOUR
    )
    recent = sorted(one for one in db.session.scalars(asked) if one is not None)
    return recent[-MOST_CALLS] + HOUR - now() if len(recent) >= MOST_CALLS else None


def _month(moment: datetime) -> str:
    return f"{moment.astimezone(JAPAN):%Y-%m}"

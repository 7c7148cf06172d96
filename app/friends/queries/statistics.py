"""Figures about friends for overview pages: friends added, blocks, and the latest activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, bindparam, select, text

from app.core.db import db
from app.core.i18n import time_zone, today, zone
from app.friends.models import BY_FRIEND, FOLLOWS, Activity, Friend

_PER_DAY = text(f"""
    SELECT account_id, CAST(occurred_at AT TIME ZONE :zone AS date) AS day,
           count(*) FILTER (WHERE kind <> 'blocked') AS added, count(*) FILTER (WHERE kind = 'blocked') AS blocked
    FROM activities
    WHERE account_id IN :account_ids AND occurred_at >= :since AND {FOLLOWS}
    GROUP BY 1, 2
""").bindparams(bindparam("account_ids", expanding=True))  # noqa: S608
# Account by account, since one index scan over all of them would have to sort everything that ever happened.
_LATEST = text(f"""
    SELECT newest.id FROM unnest(CAST(:account_ids AS bigint[])) AS account (id) CROSS JOIN LATERAL (
        SELECT id, occurred_at FROM activities
        WHERE account_id = account.id AND {BY_FRIEND} ORDER BY occurred_at DESC LIMIT :limit) AS newest
    ORDER BY newest.occurred_at DESC, newest.id DESC LIMIT :limit
""")  # noqa: S608


@dataclass(frozen=True)
class Day:
    """One day in the workspace's time zone: friends added (those who came back included) and blocks."""

    date: date
    added: int = 0
    blocked: int = 0


def added_and_blocked_per_day(account_ids: Sequence[int], days: int) -> Mapping[int, Sequence[Day]]:
    """Return for each account the last `days` days up to today, oldest first, without gaps."""
    first = today() - timedelta(days=days - 1)
    since = datetime.combine(first, datetime.min.time(), tzinfo=zone())
    values = {"account_ids": list(account_ids), "since": since, "zone": time_zone()}
    known = {(row.account_id, row.day): row for row in db.session.execute(_PER_DAY, values)} if account_ids else {}
    dates = [first + timedelta(days=number) for number in range(days)]
    return {account_id: [_day(one, known.get((account_id, one))) for one in dates] for account_id in account_ids}


def latest_activity(account_ids: Sequence[int], limit: int = 10) -> Sequence[tuple[Activity, Friend]]:
    """Return the latest activities of these accounts' friends, newest first, each with its friend."""
    ids = list(db.session.scalars(_LATEST, {"account_ids": list(account_ids), "limit": limit}))
    query = select(Activity, Friend).join(Friend, Friend.id == Activity.friend_id).where(Activity.id.in_(ids))
    found = {activity.id: (activity, friend) for activity, friend in db.session.execute(query)}
    return [found[id_] for id_ in ids if id_ in found]


def _day(one: date, row: Row[int, date, int, int] | None) -> Day:
    return Day(one, row.added, row.blocked) if row else Day(one)

"""An account's friends in figures and as a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core import i18n
from app.core.i18n import _
from app.core.runs.models import ACTIVE, RunState
from app.core.runs.queries import has_run
from app.friends.filters import FriendFilter
from app.friends.models import FollowStatus
from app.friends.queries.listing import Total, count_friends
from app.friends.queries.statistics import Day, added_and_blocked_per_day
from app.imports.friends.run import FRIEND_IMPORT
from app.line.models import Account

WEEK = 7


@dataclass(frozen=True)
class Chart:
    """Friends added and blocked on each day of a period."""

    days: Sequence[Day]

    @property
    def added(self) -> list[int]:
        return [day.added for day in self.days]

    @property
    def blocked(self) -> list[int]:
        return [day.blocked for day in self.days]

    @property
    def is_empty(self) -> bool:
        """Nothing happened in the whole period."""
        return not any(self.added) and not any(self.blocked)

    def rows(self) -> list[tuple[date, int, int]]:
        """Days on which something happened, the newest first."""
        return [(day.date, day.added, day.blocked) for day in reversed(self.days) if day.added or day.blocked]

    def for_script(self) -> dict[str, Any]:
        """Return what js/controllers/chart.js draws."""
        series = [{"label": _("Added"), "values": self.added}, {"label": _("Blocked"), "values": self.blocked}]
        return {"at": [i18n.short_day(day.date) for day in self.days], "series": series}


@dataclass(frozen=True)
class Summary:
    """The figures of one account."""

    account: Account
    days: int
    friends: Total
    following: Total
    blocked: Total
    new_lately: int
    new_before: int
    chart: Chart
    # Friends from before the connection could be imported, and never were.
    may_be_missing: bool


def summary(account: Account, days: int) -> Summary:
    """Return the figures of an account, with a chart of so many days up to today."""
    known = added_and_blocked_per_day([account.id], max(days, 2 * WEEK))[account.id]
    lately, before = known[-WEEK:], known[-2 * WEEK : -WEEK]
    return Summary(
        account=account,
        days=days,
        friends=count_friends(account.id, FriendFilter()),
        following=_count(account, FollowStatus.FOLLOWING),
        blocked=_count(account, FollowStatus.BLOCKED),
        new_lately=sum(day.added for day in lately),
        new_before=sum(day.added for day in before),
        chart=Chart(known[-days:]),
        may_be_missing=account.can_import_friends and not _has_imported(account),
    )


def _count(account: Account, status: FollowStatus) -> Total:
    return count_friends(account.id, FriendFilter(statuses=(status,)))


def _has_imported(account: Account) -> bool:
    """Return whether the friends of before are here, or on their way."""
    return has_run(FRIEND_IMPORT.name, account.id, (RunState.COMPLETED, *ACTIVE))

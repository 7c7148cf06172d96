"""Broadcasts of a month, day by day in the workspace's time zone."""

from __future__ import annotations

import calendar as weeks
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_skeleton, get_day_names
from flask import Response, request

from app.core import htmx, i18n
from app.line.access import get_account
from app.messages.broadcasts.list_rows import BroadcastLine, lines_of
from app.messages.broadcasts.queries.listing import broadcasts_between
from app.messages.broadcasts.views.blueprint import blueprint
from app.team.permissions import Permission, requires_any

MONDAY, SUNDAY = 0, 6


@dataclass(frozen=True)
class CalendarMonth:
    """A month; `weeks` are days from the first day of a week on, some of them of its neighbours."""

    first: date
    weeks: list[list[date]]

    @property
    def name(self) -> str:
        """Return the month and year in the reader's language."""
        return str(format_skeleton("yMMMM", self.first, locale=i18n.language(), fuzzy=True))

    @property
    def next(self) -> str:
        """Return the month after it, as the address names it."""
        return f"{(self.first + timedelta(days=32)):%Y-%m}"

    @property
    def previous(self) -> str:
        """Return the month before it, as the address names it."""
        return f"{(self.first - timedelta(days=1)):%Y-%m}"


@blueprint.get("/calendar")
@requires_any(Permission.BROADCASTS, Permission.CONFIRM_BROADCASTS)
def calendar(account_id: int) -> Response:
    account, month = get_account(account_id), _month(request.args.get("month", ""))
    first, after = (datetime.combine(one, datetime.min.time(), i18n.zone()) for one in _edges(month))
    lines = lines_of(account_id, broadcasts_between(account_id, first, after))
    return htmx.render(
        "messages/broadcasts/calendar.html",
        "messages/broadcasts/_calendar.html",
        account=account,
        month=month,
        today=i18n.today(),
        week_days=_week_days(month),
        by_day=_by_day(lines),
    )


def _month(asked: str) -> CalendarMonth:
    try:
        first = datetime.strptime(asked, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone.
    except ValueError:
        first = i18n.today().replace(day=1)
    # Neighbours of the first and last months that dates can name cannot be shown.
    first = min(max(first, date(2000, 1, 1)), date(9000, 1, 1))
    begins = MONDAY if i18n.language() != "ja" else SUNDAY
    return CalendarMonth(first, weeks.Calendar(begins).monthdatescalendar(first.year, first.month))


def _edges(month: CalendarMonth) -> tuple[date, date]:
    return month.weeks[0][0], month.weeks[-1][-1] + timedelta(days=1)


def _week_days(month: CalendarMonth) -> list[str]:
    names = get_day_names("abbreviated", locale=i18n.language())
    return [str(names[one.weekday()]) for one in month.weeks[0]]


def _by_day(lines: list[BroadcastLine]) -> dict[date, list[BroadcastLine]]:
    found: dict[date, list[BroadcastLine]] = defaultdict(list)
    for line in lines:
        if line.planned is not None:
            found[line.planned.astimezone(i18n.zone()).date()].append(line)
    return dict(found)

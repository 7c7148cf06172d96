"""Whether an account is open, in words."""

from __future__ import annotations

from app.core.clock import now
from app.core.i18n import _, language, sentences, today, when, zone
from app.line.business_hours.public_holidays import names_of
from app.line.business_hours.table import WeekTable, is_open, next_opening


def standing(table: WeekTable) -> str:
    """Return whether the account is open now, and when it opens next; "" where it has no hours."""
    moment = now()
    if not table.has_hours:
        return ""
    if is_open(table, moment, zone()):
        return _("Open now.")
    opens = next_opening(table, moment, zone())
    if opens is None:
        return _("Closed now, and for a year from now.")
    return sentences(filter(None, [_why_closed(table), _("Opens next: %(time)s", time=when(opens, "minute"))]))


def _why_closed(table: WeekTable) -> str:
    name = names_of(table.country, today().year, language()).get(today())
    is_listed = name is not None and today() not in table.open_days
    return _("Closed today: %(holiday)s.", holiday=name) if is_listed else _("Closed now.")

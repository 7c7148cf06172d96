"""Triggers that follow the clock: a schedule for the members of a segment, and the dates of friends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Select, any_, cast, false, select, text
from sqlalchemy.dialects.postgresql import JSONB

from app.core import i18n
from app.core.clock import now
from app.core.db import db
from app.core.i18n import Text, _, _l, listed, zone
from app.core.values.dates import stored_date
from app.core.values.moments import FIRST_YEAR, LAST_YEAR, WRONG_YEAR
from app.friends.models import HAS_ATTRIBUTES, FollowStatus
from app.friends.queries.attributes import attribute_definitions
from app.friends.queries.filter_sql import FRIENDS
from app.segments.models import Segment
from app.segments.queries.audience import audience_of
from app.team import time_zones
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import TRIGGERS, Clock, NodeCategory, NodeProblem, TriggerNodeKind
from app.workflows.definition.occurrences import (
    WEEKDAYS,
    Around,
    Every,
    dates_due,
    day_reached,
    next_daily,
    next_scheduled,
    time_of,
)
from app.workflows.named import names_of_fields, names_of_rows
from app.workflows.triggers.own import is_own

SCHEDULE, DATE_REACHED = "schedule", "date_reached"
# Instead of the id of a segment: all friends of the account.
ALL_FRIENDS = "all"
CUSTOM = "attributes."
MOST_DAYS, MOST_LATE_HOURS = 366, 168
EVERY: dict[str, Text] = {
    Every.ONCE: _l("Once"),
    Every.DAY: _l("Every day"),
    Every.WEEK: _l("Every week"),
    Every.MONTH: _l("Every month"),
}


def _members(account_id: int, settings: Mapping[str, Any], _moment: datetime, _zone: ZoneInfo) -> Select[Any]:
    """Select the friends of a schedule who follow the account; none where the segment has been deleted."""
    chosen = (settings.get("segments") or {}).get(str(account_id))
    if chosen == ALL_FRIENDS:
        return _followers(account_id)
    segment = db.session.get(Segment, chosen or 0)
    if segment is None or segment.account_id != account_id:
        return _followers(account_id).where(false())
    members = audience_of(segment).members(FRIENDS.c.id, FRIENDS.c.follow_status).subquery("members")
    return select(members.c.id).where(members.c.follow_status == FollowStatus.FOLLOWING)


def _with_date(account_id: int, settings: Mapping[str, Any], moment: datetime, usual: ZoneInfo) -> Select[Any]:
    """Select the followers whose date makes the trigger fire at this moment, by the index of attributes."""
    key = str(settings.get("field", "")).removeprefix(CUSTOM)
    wanted = [{key: day} for day in dates_due(settings, moment, usual)]
    is_wanted = FRIENDS.c.attributes.op("@>", is_comparison=True)(any_(cast(wanted, ARRAY(JSONB))))
    return _followers(account_id).where(text(HAS_ATTRIBUTES), is_wanted)


def _followers(account_id: int) -> Select[Any]:
    mine = FRIENDS.c.account_id == account_id, FRIENDS.c.follow_status == FollowStatus.FOLLOWING
    return select(FRIENDS.c.id).where(*mine)


def _date_key(settings: Mapping[str, Any], moment: datetime, usual: ZoneInfo) -> str:
    """Return what is the same for one date of a friend, whatever time of day the trigger has by now."""
    return f"{settings.get('field')}:{day_reached(settings, moment, usual).isoformat()}"


def _check_schedule(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    settings = node.settings
    for account_id in account_ids:
        yield from _check_segment((settings.get("segments") or {}).get(str(account_id)), account_id)
    every = settings.get("every")
    if every not in EVERY:
        yield NodeProblem(_l("Choose how often."), "every")
    if every == Every.WEEK and not settings.get("weekdays"):
        yield NodeProblem(_l("Choose at least one day of the week."), "weekdays")
    if every == Every.MONTH and settings.get("day") not in range(1, 32):
        yield NodeProblem(_l("Enter a day of the month, from 1 to 31."), "day")
    problems = list(_check_clock(settings))
    if every == Every.ONCE and not problems:
        problems = list(_check_once(settings))
    yield from problems


def _check_segment(chosen: Any, account_id: int) -> Iterable[NodeProblem]:
    if not chosen:
        yield NodeProblem(_l("Choose a segment, or all friends."), "segments")
    elif chosen != ALL_FRIENDS:
        segment = db.session.get(Segment, chosen)
        if segment is None or segment.account_id != account_id:
            yield NodeProblem(_l("The segment of this trigger was deleted. Choose another one."), "segments")


def _check_once(settings: Mapping[str, Any]) -> Iterable[NodeProblem]:
    day = stored_date(settings.get("date"))
    if day is None:
        yield NodeProblem(_l("Enter the date."), "date")
    elif not FIRST_YEAR <= day.year <= LAST_YEAR:
        yield NodeProblem(WRONG_YEAR, "date")
    elif next_scheduled(settings, now(), zone()) is None:
        yield NodeProblem(_l("This time has passed. Choose one that lies ahead."), "date")


def _check_clock(settings: Mapping[str, Any]) -> Iterable[NodeProblem]:
    try:
        time_of(settings)
        is_timed = bool(settings.get("time"))
    except ValueError:
        is_timed = False
    if not is_timed:
        yield NodeProblem(_l("Enter the time of day."), "time")
    if settings.get("zone") and time_zones.find(settings["zone"]) is None:
        yield NodeProblem(_l("Choose a time zone from the list, such as Asia/Tokyo."), "zone")
    late = settings.get("late") or {}
    if late.get("policy") in ("skip", "ask") and late.get("hours") not in range(1, MOST_LATE_HOURS + 1):
        yield NodeProblem(_l("Enter a whole number of hours from 1 to %(most)s.", most=MOST_LATE_HOURS), "late_hours")


def _check_date(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    settings = node.settings
    field = str(settings.get("field") or "")
    for account_id in account_ids:
        kinds = {f"{CUSTOM}{one.key}": one.kind for one in attribute_definitions(account_id)}
        if not field:
            yield NodeProblem(_l("Choose the attribute that holds the date."), "field")
        elif kinds.get(field) != "date":
            yield NodeProblem(_l("The attribute of this trigger has been deleted. Choose another one."), "field")
    if settings.get("around") in (Around.BEFORE, Around.AFTER) and settings.get("days") not in range(1, MOST_DAYS + 1):
        yield NodeProblem(_l("Enter a whole number of days from 1 to %(most)s.", most=MOST_DAYS), "days")
    yield from _check_clock(settings)


def _schedule_summary(node: Node) -> Text:
    settings, time = node.settings, node.settings.get("time", "")
    match settings.get("every"):
        case Every.ONCE if (date := stored_date(settings.get("date"))) is not None:
            return _("Once, on %(date)s at %(time)s", date=i18n.day(date), time=time)
        case Every.WEEK if chosen := settings.get("weekdays"):
            days = listed([WEEKDAYS[one] for one in sorted(chosen)])
            return _("Every week on %(days)s at %(time)s", days=days, time=time)
        case Every.MONTH if settings.get("day"):
            return _("Every month on day %(day)s at %(time)s", day=settings["day"], time=time)
    return _("%(every)s at %(time)s", every=EVERY.get(str(settings.get("every")), ""), time=time)


def _date_summary(node: Node) -> Text:
    around, days, time = (node.settings.get(name, "") for name in ("around", "days", "time"))
    if around == Around.BEFORE:
        return _("Days before the date: %(days)s, at %(time)s", days=days, time=time)
    if around == Around.AFTER:
        return _("Days after the date: %(days)s, at %(time)s", days=days, time=time)
    return _("On the date, at %(time)s", time=time)


AROUND: dict[str, Text] = {
    Around.ON: _l("On the date"),
    Around.BEFORE: _l("Some days before it"),
    Around.AFTER: _l("Some days after it"),
}
for _kind in (
    TriggerNodeKind(
        name=SCHEDULE,
        label=_l("On a schedule"),
        about=_l("At times that you set, for all friends or a segment"),
        also=_l("daily weekly monthly cron recurring"),
        rank=1,
        category=NodeCategory.AUTOMATION,
        icon="calendar-repeat",
        matches=is_own,
        check=_check_schedule,
        summary=_schedule_summary,
        names=names_of_rows("segments", Segment),
        clock=Clock(next=next_scheduled, friends=_members, key=lambda _settings, moment, _zone: moment.isoformat()),
    ),
    TriggerNodeKind(
        name=DATE_REACHED,
        label=_l("Date reached"),
        about=_l("Before, on or after a date of each friend, such as a birthday"),
        also=_l("anniversary reminder appointment"),
        rank=13,
        category=NodeCategory.BASIC,
        icon="calendar-event",
        matches=is_own,
        check=_check_date,
        summary=_date_summary,
        names=names_of_fields,
        clock=Clock(next=next_daily, friends=_with_date, key=_date_key, makes_up_all=True),
    ),
):
    TRIGGERS.add(_kind.name, _kind)

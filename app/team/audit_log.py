"""Read the audit log by actor, kind of action and day, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, exists, select

from app.core.i18n import zone
from app.core.identifiers import form_row_number
from app.core.pages import FIRST_PAGE, Page, PagePosition, newest_first, placed
from app.team.models import AuditEntry, Member

# Values of `person` beside the id of a member.
SYSTEM, FORMER = "system", "former"


@dataclass(frozen=True)
class AuditFilter:
    """What to show; empty values show everything. The dates are days of the workspace's time zone, both included."""

    person: str = ""
    group: str = ""
    since: date | None = None
    until: date | None = None


def entries(chosen: AuditFilter, place: PagePosition = FIRST_PAGE, *, oldest: bool = False) -> Page[AuditEntry]:
    """Return one page of the log, the newest or the oldest first; raises InvalidInput for a made-up page key."""
    query = _of_person(select(AuditEntry), chosen.person)
    if chosen.group:
        query = query.where(AuditEntry.action.startswith(f"{chosen.group}.", autoescape=True))
    if chosen.since:
        query = query.where(AuditEntry.at >= _start_of(chosen.since))
    if chosen.until:
        query = query.where(AuditEntry.at < _start_of(chosen.until + timedelta(days=1)))
    return placed(newest_first(query, AuditEntry.at, oldest=oldest, **place.keys), place)


def _of_person(query: Select[AuditEntry], person: str) -> Select[AuditEntry]:
    if person == SYSTEM:
        return query.where(AuditEntry.member_id.is_(None))
    if person == FORMER:
        still_here = exists().where(Member.id == AuditEntry.member_id)
        return query.where(AuditEntry.member_id.is_not(None), ~still_here)
    return query.where(AuditEntry.member_id == form_row_number(person)) if person.isdecimal() else query


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), zone())

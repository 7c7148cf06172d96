"""Reads about accounts and the events they sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, func, select

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import zone
from app.core.pages import FIRST_PAGE, Page, PagePosition, newest_first, placed
from app.line.business_hours.table import WeekTable, read
from app.line.models import BusinessHours, EventState, WebhookEvent

PAGE_SIZE = 50
# Beyond this the number of failed events is only said to be "more than".
COUNTED = 1_000


def business_hours_of(account_id: int) -> WeekTable:
    """Return when the account is open; a table without hours where that is not set."""
    row = db.session.get(BusinessHours, account_id)
    return read(row.week) if row else WeekTable()


@dataclass(frozen=True)
class EventFilter:
    """What the list of received events shows; empty values do not filter. Days are the workspace's."""

    type: str = ""
    state: str = ""
    source: str = ""
    since: date | None = None
    until: date | None = None


def webhook_events(
    account_id: int, wanted: EventFilter, place: PagePosition = FIRST_PAGE, *, oldest: bool = False
) -> Page[WebhookEvent]:
    """Received events, the newest first, or the oldest."""
    query = _narrowed(select(WebhookEvent).where(WebhookEvent.account_id == account_id), wanted)
    keys = {**place.keys, "size": place.size or PAGE_SIZE}
    return placed(newest_first(query, WebhookEvent.received_at, oldest=oldest, **keys), place)


def webhook_event(account_id: int, event_id: int) -> WebhookEvent:
    """Return one event of the account; raises NotFound."""
    event = db.session.scalar(
        select(WebhookEvent).where(WebhookEvent.account_id == account_id, WebhookEvent.id == event_id)
    )
    if event is None:
        raise NotFound
    return event


def failed_events(account_id: int) -> int:
    """Return how many events have failed, counted up to COUNTED + 1."""
    failed = select(WebhookEvent.id).where(
        WebhookEvent.account_id == account_id, WebhookEvent.state == EventState.FAILED
    )
    return db.session.scalar(select(func.count()).select_from(failed.limit(COUNTED + 1).subquery())) or 0


def _narrowed(query: Select[WebhookEvent], wanted: EventFilter) -> Select[WebhookEvent]:
    if wanted.type:
        query = query.where(WebhookEvent.type == wanted.type)
    if wanted.state:
        query = query.where(WebhookEvent.state == wanted.state)
    if wanted.source:
        query = query.where(WebhookEvent.source_id == wanted.source)
    if wanted.since:
        query = query.where(WebhookEvent.received_at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(WebhookEvent.received_at < _midnight(wanted.until + timedelta(days=1)))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), zone())

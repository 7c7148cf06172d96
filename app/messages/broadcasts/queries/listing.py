"""Pages of an account's broadcasts, and those of a month."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import defer

from app.core.db import db
from app.core.i18n import _l
from app.core.pages import Order, Page, by_name, by_number, by_time, page_by_key
from app.folders.queries import name_key
from app.messages.broadcasts.models import Broadcast, BroadcastRules, BroadcastState, KeptFigures, RecipientState

PAGE_SIZE, MOST_OFFERED = 50, 100
# Messages may be long, and lists show none.
WITHOUT_MESSAGES = defer(Broadcast.content), defer(Broadcast.content_b)
# When it began, or is to begin.
PLANNED = func.coalesce(Broadcast.started_at, Broadcast.scheduled_at)
_SENT = func.coalesce(Broadcast.counts[RecipientState.SENT.value].as_integer(), 0)
# Below zero where it is not known.
_OPENED, _CLICKED = (func.coalesce(column, -1) for column in (KeptFigures.opened, KeptFigures.clicked))
_PLANNED_KEY = "coalesce(planned, '-infinity')"
ORDERS = {
    order.name: order
    for order in (
        Order("updated", _l("Last changed first"), "updated_at", "updated_at", by_time, descending=True),
        Order("earliest", _l("Last changed last"), "updated_at", "updated_at", by_time),
        Order("planned", _l("Latest time first"), "planned", _PLANNED_KEY, by_time, descending=True),
        Order("planned_up", _l("Earliest time first"), "planned", _PLANNED_KEY, by_time),
        Order("name", _l("By name"), "name_key", "name_key", by_name),
        Order("name_down", _l("By name, backwards"), "name_key", "name_key", by_name, descending=True),
        Order("sent", _l("Most sent first"), "sent", "sent", by_number, descending=True),
        Order("sent_least", _l("Least sent first"), "sent", "sent", by_number),
        Order("opened", _l("Most opened first"), "opened", "opened", by_number, descending=True),
        Order("opened_least", _l("Least opened first"), "opened", "opened", by_number),
        Order("clicked", _l("Most clicked first"), "clicked", "clicked", by_number, descending=True),
        Order("clicked_least", _l("Least clicked first"), "clicked", "clicked", by_number),
    )
}
USUAL_ORDER = ORDERS["updated"]


@dataclass(frozen=True)
class BroadcastScope:
    """Which broadcasts are listed: whose name holds the search, in the state, with the segment, of the reference.

    `awaits_second`: only drafts that one member has confirmed and another one has to.
    """

    account_id: int
    search: str = ""
    state: BroadcastState | None = None
    segment_id: int | None = None
    reference: str | None = None
    awaits_second: bool = False

    @property
    def is_whole(self) -> bool:
        """Return whether all are listed."""
        return self == BroadcastScope(self.account_id)


def broadcasts_page(
    scope: BroadcastScope,
    order: Order,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int | None = None,
) -> Page[Broadcast]:
    """Return a page of these broadcasts in this order; raises InvalidInput for an invented key."""
    columns = (Broadcast.id, Broadcast.updated_at, PLANNED.label("planned"), name_key(Broadcast.name).label("name_key"))
    numbers = (_SENT.label("sent"), _OPENED.label("opened"), _CLICKED.label("clicked"))
    joined = select(*columns, *numbers).outerjoin(KeptFigures, KeptFigures.broadcast_id == Broadcast.id)
    listed = joined.where(*_conditions(scope)).subquery("broadcasts")

    def fetch(beyond: list[ColumnElement[bool]], backwards: bool, limit: int) -> Sequence[Any]:
        query = select(listed.c.id, listed.c[order.column]).where(*beyond)
        return db.session.execute(query.order_by(*order.sorting(backwards)).limit(limit)).all()

    page = page_by_key(fetch, order, after, before, size or PAGE_SIZE)
    ids = [row.id for row in page.rows]
    rows = select(Broadcast).where(Broadcast.id.in_(ids)).options(*WITHOUT_MESSAGES)
    by_id = {one.id: one for one in db.session.scalars(rows)}
    return Page([by_id[one] for one in ids], page.next, page.previous)


def count_broadcasts(scope: BroadcastScope) -> int:
    """Count these broadcasts."""
    return db.session.scalars(select(func.count()).select_from(Broadcast).where(*_conditions(scope))).one()


def broadcasts_between(account_id: int, first: datetime, after: datetime) -> Sequence[Broadcast]:
    """Return broadcasts that began or are to begin within these moments, in the order of time."""
    mine = (Broadcast.account_id == account_id, first <= PLANNED, after > PLANNED)
    query = select(Broadcast).where(*mine).order_by(PLANNED, Broadcast.id).options(*WITHOUT_MESSAGES)
    return db.session.scalars(query).all()


def broadcasts_by_id(account_id: int, broadcast_ids: Collection[int]) -> dict[int, Broadcast]:
    """Return these broadcasts by id, without those that are not the account's."""
    mine = (Broadcast.account_id == account_id, Broadcast.id.in_(broadcast_ids))
    query = select(Broadcast).where(*mine).options(*WITHOUT_MESSAGES)
    return {one.id: one for one in db.session.scalars(query)} if broadcast_ids else {}


def begun_broadcasts(account_id: int, *, without: Collection[int]) -> Sequence[Broadcast]:
    """Return the broadcasts that began last, as many as a reader can choose from, without some."""
    mine = (Broadcast.account_id == account_id, Broadcast.started_at.is_not(None), Broadcast.id.not_in(without))
    query = select(Broadcast).where(*mine).order_by(Broadcast.started_at.desc(), Broadcast.id.desc())
    return db.session.scalars(query.limit(MOST_OFFERED).options(*WITHOUT_MESSAGES)).all()


def kept_figures(broadcast_ids: Collection[int]) -> dict[int, KeptFigures]:
    """Return the figures of these broadcasts, by id, without those that were not counted yet."""
    query = select(KeptFigures).where(KeptFigures.broadcast_id.in_(broadcast_ids), KeptFigures.counted_at.is_not(None))
    return {one.broadcast_id: one for one in db.session.scalars(query)} if broadcast_ids else {}


def _conditions(scope: BroadcastScope) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Broadcast.account_id == scope.account_id]
    if scope.search:
        conditions.append(func.strpos(func.search_fold(Broadcast.name), func.search_fold(scope.search)) > 0)
    if scope.state is not None:
        conditions.append(Broadcast.state == scope.state)
    if scope.awaits_second:
        rules = exists().where(BroadcastRules.account_id == scope.account_id, BroadcastRules.needs_second)
        conditions += [Broadcast.state == BroadcastState.DRAFT, Broadcast.confirmed_at.is_not(None), rules]
    if scope.reference is not None:
        conditions.append(Broadcast.reference == scope.reference)
    if scope.segment_id is not None:
        names = (Broadcast.audience[name].as_integer() for name in ("segment_id", "without_id"))
        wanted, without = names
        conditions.append((wanted == scope.segment_id) | (without == scope.segment_id))
    return conditions

"""All friends of a result, row after row from a cursor in the database, so that a million of them need no memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from app.core.db import db
from app.core.i18n import Text, _, _l, zone
from app.friends.filters import FriendFilter
from app.friends.links import linked_services
from app.friends.models import AttributeDefinition, FriendTag, Tag
from app.friends.queries.narrowing import FRIENDS, fold, indexed
from app.friends.queries.orders import Order
from app.friends.values import CUSTOM, STANDARD, STATUS_LABELS, value_of

ROWS_AT_ONCE = 500
# The table's columns that an export needs.
SHOWN = (
    *("id", "line_user_id", "display_name", *(field.name for field in STANDARD)),
    *("follow_status", "followed_at", "last_activity_at", "links", "attributes"),
)
Column = tuple[Text, Callable[[Any], Any]]


def columns(definitions: Sequence[AttributeDefinition]) -> list[Column]:
    """Header and value of every column, the account's own attributes last."""
    return [
        (_l("LINE user ID"), lambda row: row.line_user_id),
        (_l("Display name"), lambda row: row.display_name),
        *((field.label, _column(field.name)) for field in STANDARD),
        (_l("Follow status"), lambda row: STATUS_LABELS[row.follow_status]),
        (_l("Friend added"), lambda row: _moment(row.followed_at)),
        (_l("Last activity"), lambda row: _moment(row.last_activity_at)),
        (_l("Tags"), lambda row: ", ".join(row.tags)),
        (_l("Linked services"), lambda row: ", ".join(linked_services(row.links))),
        *((one.label, _column(CUSTOM + one.key)) for one in definitions),
    ]


def friends_for_export(account_id: int, wanted: FriendFilter, order: Order) -> Iterator[Any]:
    """Rows of everybody who fits, each with its tags, in this order; holds a connection until it is used up."""
    query = _query(account_id, wanted, order)
    with db.engine.connect().execution_options(stream_results=True, yield_per=ROWS_AT_ONCE) as connection:
        yield from connection.execute(query)


def _query(account_id: int, wanted: FriendFilter, order: Order) -> Select[Any]:
    names = select(Tag.name).join(FriendTag, FriendTag.tag_id == Tag.id).order_by(Tag.name)
    mine = names.where(FriendTag.friend_id == FRIENDS.c.id, Tag.deleted_at.is_(None)).correlate(FRIENDS)
    fits = [FRIENDS.c.account_id == account_id, *indexed(wanted, fold(wanted.words))]
    query = select(*(FRIENDS.c[name] for name in SHOWN), func.array(mine.scalar_subquery()).label("tags"))
    return query.where(*fits).order_by(*order.sorting())


def _column(name: str) -> Callable[[Any], Any]:
    return lambda row: _plain(value_of(row, name))


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return value


def _moment(value: datetime | None) -> str:
    """In the workspace's time zone, spelled so that every spreadsheet sorts it."""
    return value.astimezone(zone()).strftime("%Y-%m-%d %H:%M:%S") if value else ""

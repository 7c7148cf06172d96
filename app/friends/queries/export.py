"""All friends of a result, row after row from a cursor in the database, so that a million of them need no memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Engine, Select, func, select

from app.core.db import db
from app.core.i18n import _, zone
from app.friends.filters import FriendFilter
from app.friends.links import linked_services
from app.friends.models import AttributeDefinition, FriendTag, Tag
from app.friends.queries.id_links import user_id_of
from app.friends.queries.narrowing import FRIENDS, fold, indexed
from app.friends.queries.orders import Order
from app.friends.values import CUSTOM, STANDARD, STATUS_LABELS, value_of

ROWS_AT_ONCE = 500
# The table's columns that an export needs.
SHOWN = (
    *("id", "line_user_id", "display_name", *(field.name for field in STANDARD)),
    *("follow_status", "followed_at", "last_activity_at", "links", "attributes"),
)
Column = tuple[str, Callable[[Any], Any]]


def columns(definitions: Sequence[AttributeDefinition]) -> list[Column]:
    """Header and value of every column, the account's own attributes last, in the language of whoever asks now.

    The values need no request any more: they are read while the file is on its way.
    """
    statuses = {status: str(label) for status, label in STATUS_LABELS.items()}
    answers, tz = {True: _("Yes"), False: _("No")}, zone()
    custom = ((one.label, CUSTOM + one.key) for one in definitions)
    return [
        (_("LINE user ID"), lambda row: row.line_user_id),
        (_("External user ID"), lambda row: row.user_id),
        (_("Display name"), lambda row: row.display_name),
        *((str(field.label), _column(field.name, answers)) for field in STANDARD),
        (_("Follow status"), lambda row: statuses[row.follow_status]),
        (_("Friend added"), lambda row: _moment(row.followed_at, tz)),
        (_("Last activity"), lambda row: _moment(row.last_activity_at, tz)),
        (_("Tags"), lambda row: ", ".join(row.tags)),
        (_("Linked services"), lambda row: ", ".join(linked_services(row.links))),
        *((label, _column(name, answers)) for label, name in custom),
    ]


def friends_for_export(account_id: int, wanted: FriendFilter, order: Order) -> Iterator[Any]:
    """Rows of everybody who fits, each with its tags, in this order; a connection is held while they are read."""
    return _rows(db.engine, _query(account_id, wanted, order))


def _rows(engine: Engine, query: Select[Any]) -> Iterator[Any]:
    with engine.connect().execution_options(stream_results=True, yield_per=ROWS_AT_ONCE) as connection:
        yield from connection.execute(query)


def _query(account_id: int, wanted: FriendFilter, order: Order) -> Select[Any]:
    names = select(Tag.name).join(FriendTag, FriendTag.tag_id == Tag.id).order_by(Tag.name)
    mine = names.where(FriendTag.friend_id == FRIENDS.c.id, Tag.deleted_at.is_(None)).correlate(FRIENDS)
    fits = [FRIENDS.c.account_id == account_id, *indexed(wanted, fold(account_id, wanted.words))]
    shown = [*(FRIENDS.c[name] for name in SHOWN), user_id_of(FRIENDS).label("user_id")]
    query = select(*shown, func.array(mine.scalar_subquery()).label("tags"))
    return query.where(*fits).order_by(*order.sorting())


def _column(name: str, answers: Mapping[bool, str]) -> Callable[[Any], Any]:
    def read(row: Any) -> Any:
        value = value_of(row, name)
        return answers[value] if isinstance(value, bool) else value

    return read


def _moment(value: datetime | None, tz: tzinfo) -> str:
    """In the workspace's time zone, spelled so that every spreadsheet sorts it."""
    return value.astimezone(tz).strftime("%Y-%m-%d %H:%M:%S") if value else ""

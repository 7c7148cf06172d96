"""Export of the friends of a result, streamed from a database cursor, so that memory stays constant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Engine, Select, Subquery, func, select

from app.core.db import stream_batches
from app.core.db.replica import reading_engine
from app.core.i18n import Text, _, zone
from app.core.pages import Order
from app.core.spreadsheets import csv_pieces, in_one_cell, moment_cell, moment_header
from app.friends.facts import FACTS, FriendFacts, known_of
from app.friends.linked_services import has_services, linked_services
from app.friends.models import AttributeDefinition, FriendTag, Tag
from app.friends.names import full_name
from app.friends.queries.attributes import attribute_definitions
from app.friends.queries.filter_sql import FRIENDS
from app.friends.queries.id_links import user_id_of
from app.friends.queries.page_planner import Narrowing
from app.friends.values import CUSTOM, STANDARD, STATUS_LABELS, value_of

ROWS_AT_ONCE = 500
# The table's columns that an export needs.
SHOWN = (
    *("id", "line_user_id", "display_name", *(field.name for field in STANDARD)),
    *("follow_status", "followed_at", "last_activity_at", "links", "attributes"),
)
Column = tuple[str, Callable[[Any], Any]]


@dataclass(frozen=True)
class Beside:
    """What a file tells besides the friends: at most one row for each `friend_id`, and columns that read it."""

    rows: Subquery
    columns: Sequence[Column]


def friends_as_csv(account_id: int, wanted: Narrowing, order: Order, beside: Beside | None = None) -> Iterator[str]:
    """Return the fitting friends as CSV in pieces; languages and columns are read before the first piece."""
    shown = [*columns(attribute_definitions(account_id)), *(beside.columns if beside else ())]
    rows = friends_for_export(account_id, wanted, order, beside)
    header = [str(label) for label, _value in shown]
    return csv_pieces(header, ([value(row) for _label, value in shown] for row in rows))


def columns(definitions: Sequence[AttributeDefinition]) -> list[Column]:
    """Return header and value of every column, custom attributes last, in the language of the member who exports.

    The values need no request context: they are read while the response is sent.
    """
    statuses = {status: str(label) for status, label in STATUS_LABELS.items()}
    answers, tz = {True: _("Yes"), False: _("No")}, zone()
    custom = ((one.label, CUSTOM + one.key) for one in definitions)
    return [
        (_("LINE user ID"), lambda row: row.line_user_id),
        (_("External user ID"), lambda row: row.user_id),
        (_("Display name"), lambda row: row.display_name),
        (_("Full name"), lambda row: full_name(row.first_name, row.last_name)),
        *((str(field.label), _column(field.name, answers)) for field in STANDARD),
        (_("Follow status"), lambda row: statuses[row.follow_status]),
        (moment_header(_("Friend added")), lambda row: moment_cell(row.followed_at, tz)),
        (moment_header(_("Last activity")), lambda row: moment_cell(row.last_activity_at, tz)),
        (_("Tags"), lambda row: in_one_cell(row.tags)),
        *([(_("Linked services"), lambda row: in_one_cell(linked_services(row.links)))] if has_services() else []),
        *(_fact_column(facts, name, label, tz) for facts in FACTS.values() for name, label in facts.columns),
        *((label, _column(name, answers)) for label, name in custom),
    ]


def friends_for_export(account_id: int, wanted: Narrowing, order: Order, beside: Beside | None = None) -> Iterator[Any]:
    """Return fitting friends in this order, with tags and facts; a connection is held while they are read."""
    query = _query(account_id, wanted, order)
    if beside is not None:
        more = [column for column in beside.rows.c if column.name != "friend_id"]
        query = query.add_columns(*more).outerjoin(beside.rows, beside.rows.c.friend_id == FRIENDS.c.id)
    return _with_facts(reading_engine(), account_id, query)


def _with_facts(engine: Engine, account_id: int, query: Select[Any]) -> Iterator[Any]:
    """Ask for the facts of many friends at once: friend by friend, each broadcast would be looked through for each."""
    for connection, rows in stream_batches(engine, query, ROWS_AT_ONCE):
        known = known_of(connection, account_id, [row.id for row in rows])
        yield from (SimpleNamespace(**row._mapping, **known[row.id]) for row in rows)


def _query(account_id: int, wanted: Narrowing, order: Order) -> Select[Any]:
    names = select(Tag.name).join(FriendTag, FriendTag.tag_id == Tag.id).order_by(Tag.name)
    mine = names.where(FriendTag.friend_id == FRIENDS.c.id, Tag.deleted_at.is_(None)).correlate(FRIENDS)
    fits = [FRIENDS.c.account_id == account_id, *wanted.indexed()]
    shown = [*(FRIENDS.c[name] for name in SHOWN), user_id_of(FRIENDS).label("user_id")]
    query = select(*shown, func.array(mine.scalar_subquery()).label("tags"))
    return query.select_from(FRIENDS).where(*fits).order_by(*order.sorting())


def _column(name: str, answers: Mapping[bool, str]) -> Callable[[Any], Any]:
    def read(row: Any) -> Any:
        value = value_of(row, name)
        return answers[value] if isinstance(value, bool) else value

    return read


def _fact_column(facts: FriendFacts, name: str, label: Text, tz: tzinfo) -> Column:
    if facts.is_moment(name):
        return moment_header(label), lambda row: moment_cell(getattr(row, name), tz)
    return str(label), lambda row: getattr(row, name)

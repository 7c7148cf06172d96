"""The list of conversations, of all accounts that a member may see, and what its rows show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, DateTime, and_, any_, bindparam, literal, select

from app.chat.filters import ChatReader, ConversationFilter
from app.chat.models import ConversationMark
from app.chat.notes.queries import is_mentioned
from app.chat.queries.conditions import conditions
from app.chat.queries.rows import ConversationRow, select_rows
from app.chat.queries.unread import unread_messages
from app.chat.timing.deadlines import Deadlines
from app.core.db import db
from app.core.pages import Order, Page, PagePosition, page_by_key, placed
from app.line.models import Account
from app.messages.conversations.models import Conversation

PAGE_SIZE = 25


def _by_time(value: Any) -> ColumnElement[Any]:
    return literal(datetime.fromisoformat(value), DateTime(timezone=True))


ORDERS = {
    "newest": Order("newest", "", "last_message_at", "last_message_at", _by_time, descending=True),
    "waiting": Order("waiting", "", "unanswered_since", "unanswered_since", _by_time),
}


def conversations_page(
    accounts: Sequence[Account], wanted: ConversationFilter, reader: ChatReader, at: PagePosition
) -> Page[ConversationRow]:
    """Return a page of the conversations of these accounts."""
    page = places_page([one.id for one in accounts], wanted, reader, at)
    return replace(page, rows=_rows([one.id for one in page.rows], reader))


def places_page(
    account_ids: Sequence[int], wanted: ConversationFilter, reader: ChatReader, at: PagePosition
) -> Page[Any]:
    """Return ids and times of the conversations on such a page."""
    order, ids = ORDERS[wanted.order], [one for one in account_ids if wanted.account_id in (None, one)]

    def fetch(beyond: list[ColumnElement[bool]], backwards: bool, limit: int) -> Sequence[Any]:
        parts = [_of_account(one, wanted, reader, order, beyond, backwards, limit) for one in ids]
        found = [row for part in parts for row in part]
        found.sort(key=lambda row: (getattr(row, order.column), row.id), reverse=order.descending != backwards)
        return found[:limit]

    return placed(page_by_key(fetch, order, at.after, at.before, at.size or PAGE_SIZE), at)


def _of_account(
    account_id: int,
    wanted: ConversationFilter,
    reader: ChatReader,
    order: Order,
    beyond: list[ColumnElement[bool]],
    backwards: bool,
    limit: int,
) -> Sequence[Any]:
    """Return the first conversations of one account, in the order of an index."""
    query = select(Conversation.id, Conversation.last_message_at, Conversation.unanswered_since)
    query = query.where(Conversation.account_id == account_id, *conditions(account_id, wanted, reader))
    return db.session.execute(query.where(*beyond).order_by(*order.sorting(backwards)).limit(limit)).all()


# Lines with what the member keeps of them; put together once, since every page of the list asks.
_MEMBER = bindparam("member_id", type_=BigInteger)
_MINE = and_(ConversationMark.conversation_id == Conversation.id, ConversationMark.member_id == _MEMBER)
_KEPT = (
    ConversationMark.read_up_to_id,
    ConversationMark.is_pinned,
    ConversationMark.is_followed,
    ConversationMark.is_muted,
)
_ROWS = (
    select_rows(*_KEPT, is_mentioned(_MEMBER).label("is_mentioned"))
    .outerjoin(ConversationMark, _MINE)
    .where(Conversation.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
)


def _rows(ids: Sequence[int], reader: ChatReader) -> list[ConversationRow]:
    """Return the lines of these conversations, with what they show in a few queries for all."""
    if not ids:
        return []
    found = {row.id: row for row in db.session.execute(_ROWS, {"ids": list(ids), "member_id": reader.member_id})}
    rows: list[Any] = [found[one] for one in ids if one in found]
    unread = unread_messages(rows, {row.id: row.read_up_to_id for row in rows}, reader)
    is_late = Deadlines((row.account_id, row.answer_within) for row in rows).is_late
    return [ConversationRow(row, row, unread.get(row.id, 0), is_late(row), row.is_mentioned) for row in rows]

"""The list of conversations, of all accounts that a member may see, and what its rows show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, DateTime, and_, any_, bindparam, literal, select
from sqlalchemy.orm import load_only

from app.chat.filters import ChatReader, ConversationFilter
from app.chat.models import ConversationMark
from app.chat.queries.conditions import conditions
from app.chat.queries.conversations import called
from app.chat.queries.unread import unread_messages
from app.core.clock import now
from app.core.db import db
from app.core.pages import Order, Page, PagePosition, page_by_key, placed
from app.friends.models import Friend
from app.line.models import Account, Group
from app.messages.conversations.models import Conversation, ConversationMessage
from app.team.models import Member

PAGE_SIZE = 25


def _by_time(value: Any) -> ColumnElement[Any]:
    return literal(datetime.fromisoformat(value), DateTime(timezone=True))


ORDERS = {
    "newest": Order("newest", "", "last_message_at", "last_message_at", _by_time, descending=True),
    "waiting": Order("waiting", "", "unanswered_since", "unanswered_since", _by_time),
}


@dataclass(frozen=True)
class ConversationRow:
    """A line of the list."""

    conversation: Conversation
    friend: Friend | None
    group: Group | None
    last: ConversationMessage | None
    assignee: str | None
    mark: ConversationMark | None
    # Messages that the member has not read, up to unread.COUNTED + 1.
    unread: int

    @property
    def name(self) -> str | None:
        """Return what the friend or group is called; None where it is not known."""
        return called(self.friend, self.group)

    @property
    def picture_url(self) -> str | None:
        """Return the address of the picture."""
        return self.friend.picture_url if self.friend else self.group.picture_url if self.group else None

    @property
    def waits(self) -> float | None:
        """Return for how many minutes the other side waits for an answer; None: it does not."""
        since = self.conversation.unanswered_since
        return None if since is None or self.conversation.is_spam else (now() - since).total_seconds() / 60


def conversations_page(
    accounts: Sequence[Account], wanted: ConversationFilter, reader: ChatReader, at: PagePosition
) -> Page[ConversationRow]:
    """Return a page of the conversations of these accounts."""
    page = places_page([one.id for one in accounts], wanted, reader, at)
    return replace(page, rows=rows_of([one.id for one in page.rows], reader))


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


# A conversation with what stands beside it in the list; put together once, since every page of the list asks.
_BESIDE = and_(
    ConversationMark.conversation_id == Conversation.id, ConversationMark.member_id == bindparam("member_id")
)
_ROWS = (
    select(Conversation, Friend, Group, ConversationMessage, Member, ConversationMark)
    .outerjoin(Friend, Friend.id == Conversation.friend_id)
    .outerjoin(Group, Group.id == Conversation.group_id)
    .outerjoin(ConversationMessage, ConversationMessage.id == Conversation.last_message_id)
    .outerjoin(Member, Member.id == Conversation.assignee_id)
    .outerjoin(ConversationMark, _BESIDE)
    .where(Conversation.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
    .options(
        load_only(Friend.display_name, Friend.picture_url, Friend.first_name, Friend.last_name),
        load_only(Group.name, Group.picture_url),
        load_only(Member.name, Member.email),
    )
    .execution_options(populate_existing=True)
)


def rows_of(ids: Sequence[int], reader: ChatReader) -> list[ConversationRow]:
    """Return the lines of these conversations, with what they show in two queries for all."""
    if not ids:
        return []
    found = db.session.execute(_ROWS, {"ids": list(ids), "member_id": reader.member_id})
    beside = {row[0].id: row for row in found}
    return _drawn([beside[one] for one in ids if one in beside], reader)


def _drawn(rows: Sequence[Any], reader: ChatReader) -> list[ConversationRow]:
    """Return lines of the rows of such a query, with how many messages of each are unread."""
    unread = unread_messages([row[0] for row in rows], _marks(rows), reader)
    return [
        ConversationRow(one, friend, group, last, member.label if member else None, mark, unread.get(one.id, 0))
        for one, friend, group, last, member, mark in rows
    ]


def _marks(rows: Iterable[Any]) -> dict[int, int | None]:
    return {mark.conversation_id: mark.read_up_to_id for *_rest, mark in rows if mark}

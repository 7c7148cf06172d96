"""The list of conversations, of all accounts that a member may see, and what its rows show."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)

from app.chat.filters import ME, NO_ONE, ConversationFilter
from app.chat.models import ConversationMark
from app.core.clock import now
from app.core.db import db
from app.core.pages import Order, Page, PagePosition, page_by_key, placed
from app.friends.filters import FriendFilter
from app.friends.models import Friend
from app.friends.queries.filter_sql import filtering
from app.line.models import Account, Group
from app.messages.conversations.models import Conversation, ConversationMessage
from app.team.models import Member

PAGE_SIZE = 25
MOST_UNREAD = 99


def _by_time(value: Any) -> ColumnElement[Any]:
    return literal(datetime.fromisoformat(value), DateTime(timezone=True))


ORDERS = {
    "newest": Order("newest", "", "last_message_at", "last_message_at", _by_time, descending=True),
    "waiting": Order("waiting", "", "unanswered_since", "unanswered_since", _by_time),
}
# Of the newest messages only, so that a long conversation costs no more than a short one.
_UNREAD = text("""
    SELECT asked.id, (
        SELECT count(*) FROM (
            SELECT message.id, direction, type FROM conversation_messages message
            WHERE message.account_id = row.account_id AND message.chat_id = row.chat_id
            ORDER BY occurred_at DESC, message.id DESC LIMIT :most + 1
        ) newest
        WHERE newest.id > asked.read_up_to AND direction = 'in' AND type <> 'postback'
    ) AS messages
    FROM unnest(CAST(:ids AS bigint[]), CAST(:read_up_to AS bigint[])) AS asked (id, read_up_to)
    JOIN conversations row ON row.id = asked.id
""")


@dataclass(frozen=True)
class ConversationRow:
    """A line of the list."""

    conversation: Conversation
    account: Account
    friend: Friend | None
    group: Group | None
    last: ConversationMessage | None
    assignee: str | None
    mark: ConversationMark | None
    # Messages that the member has not read, up to MOST_UNREAD + 1.
    unread: int

    @property
    def name(self) -> str | None:
        """Return what the friend or group is called; None where it is not known."""
        return self.friend.display_name if self.friend else self.group.name if self.group else None

    @property
    def picture_url(self) -> str | None:
        """Return the address of the picture."""
        return self.friend.picture_url if self.friend else self.group.picture_url if self.group else None

    @property
    def waits(self) -> float | None:
        """Return for how many minutes the other side waits for an answer; None: it does not."""
        since = self.conversation.unanswered_since
        return None if since is None or self.conversation.is_spam else (now() - since).total_seconds() / 60


@dataclass(frozen=True)
class ChatReader:
    """The member who looks at the list, and up to which message all is read by them."""

    member_id: int
    read_up_to_id: int


def conversations_page(
    accounts: Sequence[Account], wanted: ConversationFilter, reader: ChatReader, at: PagePosition
) -> Page[ConversationRow]:
    """Return a page of the conversations of these accounts."""
    order, ids = ORDERS[wanted.order], _account_ids(accounts, wanted)

    def fetch(beyond: list[ColumnElement[bool]], backwards: bool, limit: int) -> Sequence[Any]:
        parts = [_of_account(one, wanted, reader, order, beyond, backwards, limit) for one in ids]
        found = [row for part in parts for row in part]
        found.sort(key=lambda row: (getattr(row, order.column), row.id), reverse=order.descending != backwards)
        return found[:limit]

    page = page_by_key(fetch, order, at.after, at.before, at.size or PAGE_SIZE)
    rows = rows_of(page.rows, accounts, reader)
    return placed(Page(rows, page.next, page.previous), at)


def _account_ids(accounts: Sequence[Account], wanted: ConversationFilter) -> list[int]:
    return [one.id for one in accounts if wanted.account_id in (None, one.id)]


def _of_account(
    account_id: int,
    wanted: ConversationFilter,
    reader: ChatReader,
    order: Order,
    beyond: list[ColumnElement[bool]],
    backwards: bool,
    limit: int,
) -> Sequence[Conversation]:
    """Return the first conversations of one account, in the order of an index."""
    query = select(Conversation).where(Conversation.account_id == account_id, *_conditions(account_id, wanted, reader))
    return db.session.scalars(query.where(*beyond).order_by(*order.sorting(backwards)).limit(limit)).all()


def _conditions(account_id: int, wanted: ConversationFilter, reader: ChatReader) -> list[ColumnElement[bool]]:
    row = Conversation
    found: list[Any] = [row.is_spam if wanted.flag == "spam" else ~row.is_spam]
    if wanted.order == "waiting" or wanted.flag == "unanswered":
        found.append(row.unanswered_since.is_not(None))
    for column, value in ((row.kind, wanted.kind), (row.status, wanted.status), (row.owner, wanted.owner)):
        found += [column == value] if value else []
    if wanted.assignee:
        is_mine = row.assignee_id == (reader.member_id if wanted.assignee == ME else wanted.assignee)
        found.append(row.assignee_id.is_(None) if wanted.assignee == NO_ONE else is_mine)
    if wanted.flag in _OF_MEMBER:
        found.append(_OF_MEMBER[wanted.flag](reader))
    if wanted.search:
        found.append(_is_called(account_id, wanted.search))
    return found


def _mark(reader: ChatReader, *conditions: Any) -> ColumnElement[bool]:
    mine = (ConversationMark.conversation_id == Conversation.id, ConversationMark.member_id == reader.member_id)
    return exists().where(*mine, *conditions)


def _is_unread(reader: ChatReader) -> ColumnElement[bool]:
    is_read = _mark(reader, ConversationMark.read_up_to_id >= Conversation.last_incoming_id)
    return and_(Conversation.last_incoming_id > reader.read_up_to_id, ~is_read)


_OF_MEMBER: dict[str, Callable[[ChatReader], ColumnElement[bool]]] = {
    "unread": _is_unread,
    "pinned": lambda reader: _mark(reader, ConversationMark.is_pinned),
    "followed": lambda reader: _mark(reader, ConversationMark.is_followed),
}


def _is_called(account_id: int, words: str) -> ColumnElement[bool]:
    """Return the condition that the friend is found by these words, as the friends' list does, or the group's name."""
    friends = select(Friend.id).where(
        Friend.account_id == account_id, *filtering(account_id, FriendFilter(search=words)).indexed()
    )
    group_name = func.search_fold(func.coalesce(Group.name, ""))
    groups = select(Group.id).where(
        Group.account_id == account_id, func.strpos(group_name, func.search_fold(words)) > 0
    )
    return or_(Conversation.friend_id.in_(friends), Conversation.group_id.in_(groups))


def rows_of(found: Sequence[Conversation], accounts: Sequence[Account], reader: ChatReader) -> list[ConversationRow]:
    """Return the lines of these conversations, with what they show in few queries for all."""
    friends = _by_id(Friend, (one.friend_id for one in found))
    groups = _by_id(Group, (one.group_id for one in found))
    last = _by_id(ConversationMessage, (one.last_message_id for one in found))
    members = _by_id(Member, (one.assignee_id for one in found))
    marks = _marks([one.id for one in found], reader)
    unread = _unread(found, marks, reader)
    account = {one.id: one for one in accounts}
    return [
        ConversationRow(
            one,
            account[one.account_id],
            friends.get(one.friend_id),
            groups.get(one.group_id),
            last.get(one.last_message_id),
            members[one.assignee_id].label if one.assignee_id in members else None,
            marks.get(one.id),
            unread.get(one.id, 0),
        )
        for one in found
    ]


def _by_id(model: Any, ids: Any) -> dict[int | None, Any]:
    wanted = sorted({one for one in ids if one is not None})
    if not wanted:
        return {}
    query = select(model).where(model.id.in_(wanted)).execution_options(populate_existing=True)
    return {one.id: one for one in db.session.scalars(query)}


def _marks(ids: Collection[int], reader: ChatReader) -> dict[int, ConversationMark]:
    mine = ConversationMark.member_id == reader.member_id
    query = select(ConversationMark).where(mine, ConversationMark.conversation_id.in_(ids))
    return {one.conversation_id: one for one in db.session.scalars(query)}


def _unread(found: Sequence[Conversation], marks: dict[int, ConversationMark], reader: ChatReader) -> dict[int, int]:
    asked = {
        one.id: up_to
        for one in found
        if (one.last_incoming_id or 0)
        > (up_to := max(reader.read_up_to_id, marks[one.id].read_up_to_id if one.id in marks else 0))
    }
    if not asked:
        return {}
    values = {"ids": list(asked), "read_up_to": list(asked.values()), "most": MOST_UNREAD}
    # A message so old that it is not among the newest is one at least.
    return {row.id: max(row.messages, 1) for row in db.session.execute(_UNREAD, values)}

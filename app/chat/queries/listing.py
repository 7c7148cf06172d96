"""The list of conversations, of all accounts that a member may see, and what its rows show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, and_, literal, select, text
from sqlalchemy.orm import load_only

from app.chat.filters import ChatReader, ConversationFilter
from app.chat.models import ConversationMark
from app.chat.queries.conditions import conditions
from app.chat.queries.conversations import called
from app.core.clock import now
from app.core.db import db
from app.core.pages import Order, Page, PagePosition, page_by_key, placed
from app.friends.models import Friend
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
    query = select(Conversation).where(Conversation.account_id == account_id, *conditions(account_id, wanted, reader))
    return db.session.scalars(query.where(*beyond).order_by(*order.sorting(backwards)).limit(limit)).all()


def rows_of(found: Sequence[Conversation], accounts: Sequence[Account], reader: ChatReader) -> list[ConversationRow]:
    """Return the lines of these conversations, with what they show in two queries for all."""
    if not found:
        return []
    wanted = with_beside(select(Conversation), reader).where(Conversation.id.in_([one.id for one in found]))
    beside = {row[0].id: row for row in db.session.execute(wanted)}
    return drawn([beside[one.id] for one in found if one.id in beside], accounts, reader)


def with_beside(query: Select[Any], reader: ChatReader) -> Select[Any]:
    """Let a query of conversations also bring what stands beside them in the list."""
    mine = and_(ConversationMark.conversation_id == Conversation.id, ConversationMark.member_id == reader.member_id)
    return (
        query.add_columns(Friend, Group, ConversationMessage, Member, ConversationMark)
        .outerjoin(Friend, Friend.id == Conversation.friend_id)
        .outerjoin(Group, Group.id == Conversation.group_id)
        .outerjoin(ConversationMessage, ConversationMessage.id == Conversation.last_message_id)
        .outerjoin(Member, Member.id == Conversation.assignee_id)
        .outerjoin(ConversationMark, mine)
        .options(
            load_only(Friend.display_name, Friend.picture_url, Friend.first_name, Friend.last_name),
            load_only(Group.name, Group.picture_url),
            load_only(Member.name, Member.email),
        )
        .execution_options(populate_existing=True)
    )


def drawn(rows: Sequence[Any], accounts: Sequence[Account], reader: ChatReader) -> list[ConversationRow]:
    """Return lines of the rows of such a query, with how many messages of each are unread."""
    account, unread = {one.id: one for one in accounts}, _unread(rows, reader)
    return [
        ConversationRow(
            one,
            account[one.account_id],
            friend,
            group,
            last,
            member.label if member else None,
            mark,
            unread.get(one.id, 0),
        )
        for one, friend, group, last, member, mark, *_more in rows
    ]


def _unread(rows: Iterable[Any], reader: ChatReader) -> dict[int, int]:
    asked = {}
    for one, *_beside, mark in (row[:6] for row in rows):
        up_to = max(reader.read_up_to_id, mark.read_up_to_id if mark else 0)
        if (one.last_incoming_id or 0) > up_to:
            asked[one.id] = up_to
    if not asked:
        return {}
    values = {"ids": list(asked), "read_up_to": list(asked.values()), "most": MOST_UNREAD}
    # A message so old that it is not among the newest is one at least.
    return {row.id: max(row.messages, 1) for row in db.session.execute(_UNREAD, values)}

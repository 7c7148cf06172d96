"""The lines of a conversation in LINE's order, with the broadcasts that its friend received in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, Select, Text, bindparam, literal, select, tuple_, union_all
from sqlalchemy.orm import aliased

from app.core.db import db, shared
from app.core.errors import InvalidInput, NotFound
from app.core.i18n import _l
from app.core.pages import decode_key, encode_key
from app.friends.models import Friend
from app.line.models import GroupMember
from app.messages.broadcasts.queries.received import RECEIVED_AT, received_by
from app.messages.conversations.contents.ordering import TYPES
from app.messages.conversations.contents.queries import KnownContent, contents_of
from app.messages.conversations.models import Conversation, ConversationMessage
from app.messages.sending.models import MessageSend

PAGE_SIZE = 40
Message = ConversationMessage
_IN_ORDER = tuple_(Message.occurred_at, Message.id)
BEGINNING, END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_TIME = DateTime(timezone=True)
# Put together once, since every page of a thread asks.
_RECEIVED = (
    received_by(bindparam("friend_id", type_=BigInteger))
    .where(bindparam("since", type_=_TIME) <= RECEIVED_AT, bindparam("until", type_=_TIME) > RECEIVED_AT)
    .limit(PAGE_SIZE)
)
_MINE = (
    Message.account_id == bindparam("account_id", type_=BigInteger),
    Message.chat_id == bindparam("chat_id", type_=Text),
)
_MESSAGE = bindparam("message_id", type_=BigInteger)
_AT = select(Message.occurred_at).where(*_MINE, Message.id == _MESSAGE).scalar_subquery()
_MOST = bindparam("most", type_=Integer)


def _beside(is_before: bool) -> Select[Any]:
    """Select lines before the message, or from it on; none where it is not of the conversation."""
    place = tuple_(_AT, _MESSAGE)
    query = select(Message).where(*_MINE, place > _IN_ORDER if is_before else place <= _IN_ORDER)
    order = (Message.occurred_at, Message.id)
    return query.order_by(*(one.desc() if is_before else one for one in order)).limit(_MOST)


# The lines around a message, whose place is looked up on the way.
_BOTH = shared(union_all(_beside(is_before=True), _beside(is_before=False)).subquery())
_AROUND = select(aliased(Message, _BOTH)).execution_options(populate_existing=True)


@dataclass(frozen=True)
class ReceivedBroadcast:
    """A broadcast that the friend received."""

    id: int
    name: str
    at: datetime


@dataclass(frozen=True)
class ThreadPage:
    """Lines, the oldest first; `older` is the key of the page above, None at the beginning of the conversation."""

    messages: Sequence[ConversationMessage]
    broadcasts: Sequence[ReceivedBroadcast]
    older: str | None
    # Who wrote in a group, by LINE user id, where they are friends.
    friends: dict[str, Friend]
    sends: dict[int, MessageSend]
    # What lines quote, by LINE's id.
    quoted: dict[str, ConversationMessage]
    since: datetime | None
    # Files of the lines, and of what was sent together with them, by the message's id.
    contents: dict[int, KnownContent] = field(default_factory=dict)
    # What a group calls those who write in it or come and go, by LINE user id.
    members: dict[str, GroupMember] = field(default_factory=dict)
    # Only lines that have changed, not all of a time.
    is_news: bool = False
    # The key of the page below, where the page is not the newest one.
    newer: str | None = None


def thread_page(conversation: Conversation, before: str | None = None) -> ThreadPage:
    """Return the newest lines, or those before a key; raises InvalidInput for one that was made up."""
    until = _place(before) if before else None
    messages, has_older = _above(conversation, until)
    return _page(conversation, messages, has_older=has_older, until=until[0] if until else None)


def newest_lines(account_id: int, chat_id: str, most: int = 5) -> Sequence[ConversationMessage]:
    """Return the newest lines of a chat, the newest last."""
    query = select(Message).where(Message.account_id == account_id, Message.chat_id == chat_id)
    return db.session.scalars(query.order_by(Message.occurred_at.desc(), Message.id.desc()).limit(most)).all()[::-1]


def thread_around(conversation: Conversation, message_id: int) -> ThreadPage:
    """Return the lines around one of them; raises NotFound where the conversation has no such line."""
    # Together as many as another page has.
    most = PAGE_SIZE // 2
    asked = {"account_id": conversation.account_id, "chat_id": conversation.chat_id, "message_id": message_id}
    found = db.session.scalars(_AROUND, {**asked, "most": most + 1}).all()
    lines = sorted(found, key=lambda one: (one.occurred_at, one.id))
    at = next((place for place, one in enumerate(lines) if one.id == message_id), None)
    if at is None:
        raise NotFound
    shown = lines[max(at - most, 0) : at + most]
    return _page(conversation, shown, has_older=at > most, has_newer=len(lines) - at > most)


def newer_page(conversation: Conversation, after: str) -> ThreadPage:
    """Return the lines after a key, up to the newest; raises InvalidInput for a key that was made up."""
    since = _place(after)
    messages, has_newer = _below(conversation, since)
    return _page(conversation, messages, has_newer=has_newer, since=since[0])


def _above(
    conversation: Conversation, until: tuple[datetime, int] | None, most: int = PAGE_SIZE
) -> tuple[Sequence[Message], bool]:
    """Return a page of lines before a place, and whether there are older ones."""
    query = _lines(conversation)
    query = query.where(_edge(until) > _IN_ORDER) if until else query
    newest_first = (Message.occurred_at.desc(), Message.id.desc())
    found = db.session.scalars(query.order_by(*newest_first).limit(most + 1)).all()
    return found[:most][::-1], len(found) > most


def _below(
    conversation: Conversation, since: tuple[datetime, int], most: int = PAGE_SIZE
) -> tuple[Sequence[Message], bool]:
    """Return a page of lines after a place, and whether there are newer ones."""
    query = _lines(conversation).where(_edge(since) < _IN_ORDER)
    found = db.session.scalars(query.order_by(Message.occurred_at, Message.id).limit(most + 1)).all()
    return found[:most], len(found) > most


def _edge(place: tuple[datetime, int]) -> Any:
    return tuple_(literal(place[0], _TIME), literal(place[1]))


def changed_lines(
    conversation: Conversation, since: int, oldest: datetime | None, newest: datetime | None = None
) -> ThreadPage:
    """Return the lines that transactions from this number on have changed, of those that a page shows."""
    query = _lines(conversation).where(Message.changed_in >= since)
    if oldest is not None:
        query = query.where(Message.occurred_at >= oldest)
    if newest is not None:
        query = query.where(Message.occurred_at <= newest)
    found = db.session.scalars(query.order_by(Message.occurred_at, Message.id)).all()
    return _page(conversation, found, with_broadcasts=False)


def _lines(conversation: Conversation) -> Select[Any]:
    mine = Message.account_id == conversation.account_id, Message.chat_id == conversation.chat_id
    return select(Message).where(*mine).execution_options(populate_existing=True)


def _place(key: str) -> tuple[datetime, int]:
    at, line_id = decode_key(key, 2)
    try:
        return datetime.fromisoformat(at), int(line_id)
    except (TypeError, ValueError) as error:
        raise InvalidInput(before=_l("This page address is not valid. Start again from the first page.")) from error


def _page(
    conversation: Conversation,
    messages: Sequence[ConversationMessage],
    *,
    has_older: bool = False,
    has_newer: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    with_broadcasts: bool = True,
) -> ThreadPage:
    """Return the page of these lines; `since` and `until` are where it begins or ends otherwise than with a line."""
    since = messages[0].occurred_at if has_older else since
    until = messages[-1].occurred_at if has_newer else until
    account_id = conversation.account_id
    # The friend of a one-to-one conversation is known to those who ask.
    writers = people_in(messages) - ({conversation.chat_id} if conversation.friend_id else set())
    friends = select(Friend).where(Friend.account_id == account_id, Friend.line_user_id.in_(writers))
    sent = {one.send_id for one in messages if one.send_id}
    sends = select(MessageSend).where(MessageSend.id.in_(sent)).execution_options(populate_existing=True)
    named = {one.quoted_message_id for one in messages if one.quoted_message_id}
    quoted = select(Message).where(Message.account_id == account_id, Message.line_message_id.in_(named))
    return ThreadPage(
        messages,
        _broadcasts(conversation, since, until) if with_broadcasts else (),
        _key_of(messages[0]) if has_older else None,
        {one.line_user_id: one for one in db.session.scalars(friends)} if writers else {},
        {one.id: one for one in db.session.scalars(sends)} if sent else {},
        {str(one.line_message_id): one for one in db.session.scalars(quoted)} if named else {},
        since,
        contents_of([one.id for one in messages if one.type in TYPES]),
        _members(conversation, writers),
        not with_broadcasts,
        _key_of(messages[-1]) if has_newer else None,
    )


def _key_of(message: ConversationMessage) -> str:
    return encode_key(message.occurred_at.isoformat(), message.id)


def people_in(messages: Sequence[ConversationMessage]) -> set[str]:
    """Return the LINE user ids of those who wrote these lines, or of whom they tell."""
    told = {one for line in messages for one in line.content.get("line_user_ids") or () if isinstance(one, str)}
    return told | {one.author_line_id for one in messages if one.author_line_id}


def _members(conversation: Conversation, people: set[str]) -> dict[str, GroupMember]:
    if conversation.group_id is None or not people:
        return {}
    mine = GroupMember.group_id == conversation.group_id, GroupMember.line_user_id.in_(people)
    found = select(GroupMember).where(*mine).execution_options(populate_existing=True)
    return {one.line_user_id: one for one in db.session.scalars(found)}


def _broadcasts(
    conversation: Conversation, since: datetime | None, until: datetime | None
) -> Sequence[ReceivedBroadcast]:
    """Return the broadcasts of the time that a page shows, the oldest first."""
    if conversation.friend_id is None:
        return ()
    given = {"friend_id": conversation.friend_id, "since": since or BEGINNING, "until": until or END}
    rows = db.session.execute(_RECEIVED, given).all()
    return [ReceivedBroadcast(row.id, row.name, row.received_at) for row in reversed(rows)]

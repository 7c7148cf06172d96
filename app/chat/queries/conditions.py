"""The filter of conversations as conditions of SQL, for one account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, any_, cast, exists, false, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.chat.filters import ME, NO_ONE, ChatReader, ConversationFilter
from app.chat.models import ConversationMark
from app.chat.notes.queries import is_mentioned
from app.core.db import db, plan_in_one_process
from app.friends.filters import FriendFilter
from app.friends.models import FriendTag, Tag
from app.friends.queries.filter_sql import FRIENDS, Filtering, filtering
from app.line.models import Group
from app.messages.conversations.models import HAS_FILE, Conversation, ConversationMessage
from app.segments.conditions.compiler import compile_definition
from app.segments.models import Segment
from app.segments.queries.counting import members_query
from app.segments.queries.segments import reading_of

Condition = ColumnElement[bool]
# Up to so many friends who are found by name are looked up; with more, it is quicker to test each conversation.
FEW = 1_000


def conditions(account_id: int, wanted: ConversationFilter, reader: ChatReader) -> list[Condition]:
    """Return the conditions that a conversation of the account has to meet."""
    row = Conversation
    found: list[Any] = [row.is_spam if wanted.flag == "spam" else ~row.is_spam]
    if wanted.order == "waiting" or wanted.flag == "unanswered":
        found.append(row.unanswered_since.is_not(None))
    for column, value in ((row.kind, wanted.kind), (row.status, wanted.status), (row.owner, wanted.owner)):
        found += [column == value] if value else []
    if wanted.assignee:
        is_mine = row.assignee_id == (reader.member_id if wanted.assignee == ME else wanted.assignee)
        found.append(row.assignee_id.is_(None) if wanted.assignee == NO_ONE else is_mine)
    if wanted.flag in OF_MEMBER:
        found.append(OF_MEMBER[wanted.flag](reader))
    return [*found, *_of_people(account_id, wanted)]


def is_of_one_account(wanted: ConversationFilter) -> bool:
    """Return whether the conditions are others for each account."""
    return bool(wanted.tag_id or wanted.segment_id or wanted.search)


def is_called(account_id: int, words: str) -> Condition:
    """Return the condition that the friend is found by these words, as the friends' list does, or the group's name."""
    plan_in_one_process()
    named = filtering(account_id, FriendFilter(search=words))
    folded = func.strpos(func.search_fold(func.coalesce(Group.name, "")), func.search_fold(words)) > 0
    groups = db.session.scalars(select(Group.id).where(Group.account_id == account_id, folded).limit(FEW)).all()
    return or_(_is_of_friend(account_id, named), _among(Conversation.group_id, groups))


def _of_people(account_id: int, wanted: ConversationFilter) -> list[Condition]:
    found: list[Condition] = []
    if wanted.tag_id:
        found.append(_has_tag(account_id, wanted.tag_id))
    if wanted.segment_id:
        found.append(_is_in_segment(account_id, wanted.segment_id))
    if wanted.search:
        found.append(is_called(account_id, wanted.search))
    if wanted.with_files:
        line = ConversationMessage
        same = (line.account_id == Conversation.account_id, line.chat_id == Conversation.chat_id)
        found.append(exists().where(*same, text(HAS_FILE)))
    return found


def _has_tag(account_id: int, tag_id: int) -> Condition:
    tag = db.session.get(Tag, tag_id)
    if tag is None or tag.account_id != account_id:
        return false()
    tagged = select(FriendTag.friend_id).where(FriendTag.tag_id == tag_id)
    return _is_one_of(tagged, FriendTag.friend_id)


def _is_in_segment(account_id: int, segment_id: int) -> Condition:
    segment = db.session.get(Segment, segment_id)
    if segment is None or segment.account_id != account_id:
        return false()
    compiled = compile_definition(reading_of(segment).definition)
    tested = select(FRIENDS.c.id).where(compiled.mine, compiled.probing().fits)
    fitting = members_query(compiled).subquery("fitting")
    return _is_one_of(tested, FRIENDS.c.id, select(fitting.c.id))


def _is_of_friend(account_id: int, named: Filtering) -> Condition:
    mine = FRIENDS.c.account_id == account_id
    tested = select(FRIENDS.c.id).where(mine, *named.tests(FRIENDS))
    return _is_one_of(tested, FRIENDS.c.id, select(FRIENDS.c.id).where(mine, *named.indexed()))


def _is_one_of(friends: Select[Any], friend_id: Any, indexed: Select[Any] | None = None) -> Condition:
    """Return the condition that the conversation is with one of these friends; `indexed` selects the same by indexes.

    Few of them are looked up. With more, each conversation is tested in the order of the list, which fills a page soon.
    """
    ids = db.session.scalars((friends if indexed is None else indexed).limit(FEW + 1)).all()
    if len(ids) <= FEW:
        return _among(Conversation.friend_id, ids)
    # The offset keeps PostgreSQL from collecting all of them for a few rows.
    return exists(friends.where(friend_id == Conversation.friend_id).correlate(Conversation).offset(0))


def _among(column: Any, ids: Sequence[int]) -> Condition:
    return column == any_(cast(list(ids), ARRAY(BigInteger))) if ids else false()


def _mark(reader: ChatReader, *more: Any) -> Condition:
    mine = (ConversationMark.conversation_id == Conversation.id, ConversationMark.member_id == reader.member_id)
    return exists().where(*mine, *more)


def _is_unread(reader: ChatReader) -> Condition:
    is_read = _mark(reader, ConversationMark.read_up_to_id >= Conversation.last_incoming_id)
    is_behind = ConversationMark.is_behind, ConversationMark.read_up_to_id < Conversation.last_incoming_id
    return or_(and_(Conversation.last_incoming_id > reader.read_up_to_id, ~is_read), _mark(reader, *is_behind))


OF_MEMBER: dict[str, Callable[[ChatReader], Condition]] = {
    "unread": _is_unread,
    "pinned": lambda reader: _mark(reader, ConversationMark.is_pinned),
    "followed": lambda reader: _mark(reader, ConversationMark.is_followed),
    "mentioned": lambda reader: is_mentioned(reader.member_id),
}

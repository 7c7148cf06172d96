"""Messages of an account, or of one conversation, in the order of time, for programs and for files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import DateTime, literal, select, tuple_

from app.chat.lines import sender_of, summary
from app.chat.notes.queries import NOTE
from app.chat.queries.conversations import called, name_of
from app.chat.told import writer_of
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _, _l
from app.core.pages import decode_key, encode_key
from app.friends.models import Friend
from app.line.models import GroupMember
from app.messages.conversations.models import Conversation, ConversationMessage, Direction
from app.messages.sending.models import MessageSend

Line = ConversationMessage
PAGE_SIZE = 200
BATCH = 500


class ToldRow(NamedTuple):
    """A line in a file: when it was, who wrote it, and what it says; the message has the rest."""

    at: datetime
    author: str
    words: str
    message: ConversationMessage


def history_page(
    account_id: int, since: datetime | None, until: datetime | None, cursor: str | None
) -> tuple[Sequence[ConversationMessage], str | None]:
    """Return messages of a period, the oldest first, and the cursor of the next page; raises InvalidInput."""
    query = select(Line).where(Line.account_id == account_id)
    query = query.where(Line.occurred_at >= since) if since else query
    query = query.where(Line.occurred_at < until) if until else query
    if cursor:
        at, line_id = _place(cursor)
        edge = tuple_(literal(at, DateTime(timezone=True)), literal(line_id))
        query = query.where(tuple_(Line.occurred_at, Line.id) > edge)
    found = db.session.scalars(query.order_by(Line.occurred_at, Line.id).limit(PAGE_SIZE + 1)).all()
    rows = found[:PAGE_SIZE]
    more = encode_key(rows[-1].occurred_at.isoformat(), rows[-1].id) if len(found) > PAGE_SIZE else None
    return rows, more


def _batches(conversation: Conversation) -> Iterator[Sequence[ConversationMessage]]:
    """Yield all lines of a conversation, the oldest first."""
    mine = (Line.account_id == conversation.account_id, Line.chat_id == conversation.chat_id)
    after: tuple[datetime, int] | None = None
    while True:
        query = select(Line).where(*mine).order_by(Line.occurred_at, Line.id).limit(BATCH)
        if after:
            edge = tuple_(literal(after[0], DateTime(timezone=True)), literal(after[1]))
            query = query.where(tuple_(Line.occurred_at, Line.id) > edge)
        found = db.session.scalars(query).all()
        yield found
        if len(found) < BATCH:
            return
        after = found[-1].occurred_at, found[-1].id


def told_rows(conversation: Conversation) -> Iterator[ToldRow]:
    """Yield what is said of each line, the oldest first."""
    names = dict[str, str]()
    for found in _batches(conversation):
        sends = _sends(found)
        for line in found:
            author = _author(line, conversation, names, sends.get(line.send_id or 0))
            yield ToldRow(line.occurred_at, author, summary(line), line)


def _sends(found: Sequence[ConversationMessage]) -> dict[int, MessageSend]:
    """Return the sends behind lines that went out."""
    ids = {one.send_id for one in found if one.send_id is not None}
    query = select(MessageSend).where(MessageSend.id.in_(ids))
    return {one.id: one for one in db.session.scalars(query)} if ids else {}


def read_time(given: str | None, field: str) -> datetime | None:
    """Read a moment with its time zone; raises InvalidInput for anything else."""
    found = _moment(given) if given else None
    if given and found is None:
        raise InvalidInput({field: _l("Write a moment with its time zone, as in 2026-04-01T09:30:00Z.")})
    return found


def _moment(given: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        return None
    # An unescaped plus in an address is a blank, which is no time zone.
    return found if found.tzinfo and 1970 <= found.year < 3000 else None


def _author(
    line: ConversationMessage, conversation: Conversation, names: dict[str, str], send: MessageSend | None
) -> str:
    if line.type == NOTE:
        return writer_of(line)
    if line.direction != Direction.IN:
        return sender_of(line, send) if line.direction == Direction.OUT else ""
    key = line.author_line_id or ""
    if key not in names:
        names[key] = _name(key, conversation) or _("Name not known")
    return names[key]


def _name(line_user_id: str, conversation: Conversation) -> str | None:
    """Return what a person is called: as a friend, as everywhere in the chat, else by their profile in the group."""
    mine = (Friend.account_id == conversation.account_id, Friend.line_user_id == line_user_id)
    if found := called(db.session.scalar(select(Friend).where(*mine)), None):
        return found
    if conversation.group_id is None:
        return name_of(conversation)
    there = (GroupMember.group_id == conversation.group_id, GroupMember.line_user_id == line_user_id)
    return db.session.scalar(select(GroupMember.display_name).where(*there))


def _place(key: str) -> tuple[datetime, int]:
    at, line_id = decode_key(key, 2)
    try:
        return datetime.fromisoformat(at), int(line_id)
    except (TypeError, ValueError) as error:
        raise InvalidInput(cursor=_l("This cursor is not valid. Start again without one.")) from error

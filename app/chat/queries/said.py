"""Find messages by what they say: the newest first, in any script, at the same cost for rare and for common words.

As with friends, there are two ways. Walking back through an account's newest messages and testing each is quick for
words that many hold; the search index is quick for those that few do. A few messages are tried first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, Text, and_, cast, func, literal, literal_column, select
from sqlalchemy import tuple_ as row_of
from sqlalchemy.dialects.postgresql import ARRAY

from app.chat.filters import ChatReader, ConversationFilter
from app.chat.queries.conditions import conditions
from app.chat.queries.conversations import called
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.core.pages import decode_key, encode_key
from app.friends.models import Friend
from app.friends.queries.filter_sql import Word, fold
from app.line.models import Account, Group
from app.messages.conversations.models import SAID, SAID_PAIRS, Conversation, ConversationMessage

PAGE_SIZE = 20
# Messages tried at first, and those walked before collecting is the better bet.
FEW, MANY = 500, 20_000
# Matches that are collected before walking is.
ENOUGH = 5_000
Line = ConversationMessage
_SAID: ColumnElement[str] = literal_column(SAID, Text)
_PAIRS: ColumnElement[Any] = literal_column(f"({SAID_PAIRS})", ARRAY(Text))
# What walking reads of a message.
_READ = (Line.id, Line.account_id, Line.chat_id, Line.occurred_at, Line.content)


@dataclass(frozen=True)
class FoundMessage:
    """A message that holds what was searched, and with whom the conversation is."""

    message: ConversationMessage
    conversation_id: int
    friend: Friend | None
    group: Group | None
    account: Account

    @property
    def name(self) -> str | None:
        """Return what the friend or group is called; None where it is not known."""
        return called(self.friend, self.group)

    @property
    def picture_url(self) -> str | None:
        """Return the address of the picture."""
        known = self.friend or self.group
        return known.picture_url if known else None


@dataclass(frozen=True)
class MessagesFound:
    """A page of messages; `after` is the key of the next one, None where there is none."""

    rows: Sequence[FoundMessage]
    after: str | None = None


def messages_found(
    accounts: Sequence[Account], wanted: ConversationFilter, reader: ChatReader, after: str | None = None
) -> MessagesFound:
    """Return the newest messages with all of the words, in conversations that fit the rest of the filter.

    Nothing is found by a single character. Raises InvalidInput for a key that was made up.
    """
    words = [word for word in fold(wanted.search.split()) if word.pairs]
    if not words:
        return MessagesFound(())
    edge = _edge(after) if after else None
    places: list[tuple[datetime, int, int]] = []
    for one in accounts:
        if wanted.account_id in (None, one.id):
            places += _Search(one.id, words, replace(wanted, search=""), reader, edge).find()
    places.sort(reverse=True)
    shown = places[:PAGE_SIZE]
    key = encode_key(shown[-1][0].isoformat(), shown[-1][1]) if len(places) > PAGE_SIZE else None
    return MessagesFound(_rows(shown, accounts), key)


@dataclass(frozen=True)
class _Search:
    """The search in one account: times and ids of messages, with the ids of their conversations."""

    account_id: int
    words: Sequence[Word]
    wanted: ConversationFilter
    reader: ChatReader
    edge: tuple[datetime, int] | None

    def find(self) -> list[tuple[datetime, int, int]]:
        found = self._walk(FEW)
        if len(found) > PAGE_SIZE:
            return found
        collected = self._collect(ENOUGH)
        if collected is not None:
            return collected
        found = self._walk(MANY)
        return found if len(found) > PAGE_SIZE else self._collect(None) or []

    def _walk(self, reach: int) -> list[tuple[datetime, int, int]]:
        """Return matches among so many of the newest messages."""
        rows = select(*_READ).where(*self._mine()).order_by(Line.occurred_at.desc(), Line.id.desc()).limit(reach)
        walked = rows.subquery("walked")
        said = literal_column(SAID.replace("content", "walked.content"), Text)
        return self._first(select(walked.c.occurred_at, walked.c.id, Conversation.id), walked, self._tests(said))

    def _collect(self, most: int | None) -> list[tuple[datetime, int, int]] | None:
        """Return matches by the search index; None where there are more than `most`."""
        pairs = [pair for word in self.words for pair in word.pairs]
        query = select(*_READ).where(*self._mine(), _PAIRS.contains(cast(pairs, ARRAY(Text))), *self._tests(_SAID))
        matches = query.limit(most and most + 1).cte("matches").prefix_with("MATERIALIZED")
        if most is not None and (db.session.scalar(select(func.count()).select_from(matches)) or 0) > most:
            return None
        return self._first(select(matches.c.occurred_at, matches.c.id, Conversation.id), matches, [])

    def _mine(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [Line.account_id == self.account_id]
        if self.edge:
            at, line_id = self.edge
            place = row_of(literal(at, DateTime(timezone=True)), literal(line_id))
            found.append(row_of(Line.occurred_at, Line.id) < place)
        return found

    def _tests(self, said: ColumnElement[str]) -> list[ColumnElement[bool]]:
        return [said.contains(word.folded, autoescape=True) for word in self.words]

    def _first(
        self, query: Select[Any], lines: Any, tests: list[ColumnElement[bool]]
    ) -> list[tuple[datetime, int, int]]:
        same = and_(Conversation.account_id == lines.c.account_id, Conversation.chat_id == lines.c.chat_id)
        fits = conditions(self.account_id, self.wanted, self.reader)
        query = query.select_from(lines).join(Conversation, same).where(*tests, *fits)
        rows = db.session.execute(query.order_by(lines.c.occurred_at.desc(), lines.c.id.desc()).limit(PAGE_SIZE + 1))
        return [(row[0], row[1], row[2]) for row in rows]


def _edge(key: str) -> tuple[datetime, int]:
    at, line_id = decode_key(key, 2)
    try:
        found = datetime.fromisoformat(at), int(line_id)
    except (TypeError, ValueError) as error:
        raise InvalidInput(found=_l("This page address is not valid. Start again from the first page.")) from error
    return found


def _rows(places: Sequence[tuple[datetime, int, int]], accounts: Sequence[Account]) -> list[FoundMessage]:
    if not places:
        return []
    known = {one.id: one for one in accounts}
    query = (
        select(Line, Conversation, Friend, Group)
        .join(Conversation, and_(Conversation.account_id == Line.account_id, Conversation.chat_id == Line.chat_id))
        .outerjoin(Friend, Friend.id == Conversation.friend_id)
        .outerjoin(Group, Group.id == Conversation.group_id)
        .where(Line.id.in_([line_id for _at, line_id, _conversation in places]))
        .order_by(Line.occurred_at.desc(), Line.id.desc())
    )
    rows = db.session.execute(query)
    return [FoundMessage(line, one.id, friend, group, known[one.account_id]) for line, one, friend, group in rows]

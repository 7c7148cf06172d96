"""Find messages by what they say: the newest first, in any script, at the same cost for rare and for common words.

There are two ways. Walking back through an account's newest messages and testing each is quick for words that many
hold; the search index is quick for those that few do. PostgreSQL's statistics, and a few messages that are tried
first, say which is the better bet, and either way may give up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, Text, and_, cast, func, literal, literal_column, select, true
from sqlalchemy import tuple_ as row_of
from sqlalchemy.dialects.postgresql import ARRAY

from app.chat.filters import ChatReader, ConversationFilter
from app.chat.queries.conditions import conditions
from app.chat.queries.conversations import called
from app.core.db import db, plan_in_one_process
from app.core.db.explain import plan_of, rows_of
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.core.pages import decode_key, encode_key
from app.friends.models import Friend
from app.friends.queries.filter_sql import Word, fold
from app.line.models import Account, Group
from app.messages.conversations.models import SAID, SAID_PAIRS, Conversation, ConversationMessage

PAGE_SIZE = 20
# Messages collected or walked at first, how many of these have to match for a longer walk to fill a page soon, and
# messages walked before collecting is the better bet.
FEW, SURE, MANY = 250, 5, 20_000
# Matches that are collected before walking is.
ENOUGH = 5_000
# The share of all rows that PostgreSQL expects to hold words that its statistics do not know
# (DEFAULT_CONTAIN_SEL in src/backend/utils/adt/array_selfuncs.c), with room for rounding.
UNKNOWN = 0.0051
Line = ConversationMessage
_SAID: ColumnElement[str] = literal_column(SAID, Text)
_PAIRS: ColumnElement[Any] = literal_column(f"({SAID_PAIRS})", ARRAY(Text))
# Where a message stands.
_PLACE = (Line.id, Line.account_id, Line.chat_id, Line.occurred_at)


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
    plan_in_one_process()
    places: list[tuple[datetime, int, int]] = []
    for one in accounts:
        if wanted.account_id in (None, one.id):
            fits = conditions(one.id, replace(wanted, search=""), reader)
            places += _Search(one.id, words, fits, edge).find()
    places.sort(reverse=True)
    shown = places[:PAGE_SIZE]
    key = encode_key(shown[-1][0].isoformat(), shown[-1][1]) if len(places) > PAGE_SIZE else None
    return MessagesFound(_rows(shown, accounts), key)


@dataclass(frozen=True)
class _Search:
    """The search in one account: times and ids of messages, with the ids of their conversations."""

    account_id: int
    words: Sequence[Word]
    # The conditions of the rest of the filter.
    fits: Sequence[ColumnElement[bool]]
    edge: tuple[datetime, int] | None

    def find(self) -> list[tuple[datetime, int, int]]:
        is_rare = self._is_rare()
        collected = self._collect(FEW) if is_rare else None
        if collected is not None:
            return collected
        walked = self._walk(FEW)
        if len(walked) > PAGE_SIZE:
            return walked
        collected = self._collect(ENOUGH) if is_rare and len(walked) < SURE else None
        if collected is not None:
            return collected
        walked = self._walk(MANY)
        return walked if len(walked) > PAGE_SIZE else self._collect(None) or []

    def _is_rare(self) -> bool:
        """Return whether statistics expect few matches, or know nothing of the words: those are rare most often."""
        expected = plan_of(self._indexed(Line.id)).rows
        return expected <= ENOUGH or expected <= UNKNOWN * rows_of(Line)

    def _walk(self, reach: int) -> list[tuple[datetime, int, int]]:
        """Return matches among so many of the newest messages."""
        newest = select(*_PLACE, Line.content).where(*self._mine())
        walked = newest.order_by(Line.occurred_at.desc(), Line.id.desc()).limit(reach).subquery("walked")
        said = literal_column(SAID.replace("content", "walked.content"), Text)
        rows = db.session.execute(
            self._first(select(walked.c.occurred_at, walked.c.id, Conversation.id), walked, self._tests(said))
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def _collect(self, most: int | None) -> list[tuple[datetime, int, int]] | None:
        """Return matches by the search index; None where there are more than `most`."""
        query = self._indexed(*_PLACE).where(*self._tests(_SAID))
        matches = query.limit(None if most is None else most + 1).cte("matches").prefix_with("MATERIALIZED")
        first = self._first(select(matches.c.occurred_at, matches.c.id, Conversation.id.label("row_id")), matches, [])
        shown = first.subquery("shown")
        # One row at least, which says how many there are.
        counted = select(func.count().label("number")).select_from(matches).subquery("counted")
        found = select(*shown.c, counted.c.number).select_from(counted.outerjoin(shown, true()))
        rows = db.session.execute(found).all()
        if most is not None and rows[0].number > most:
            return None
        return sorted(((row[0], row[1], row[2]) for row in rows if row.id is not None), reverse=True)

    def _indexed(self, *columns: Any) -> Select[Any]:
        """Return the query of messages that the search index finds, among which are a few that do not match."""
        pairs = [pair for word in self.words for pair in word.pairs]
        return select(*columns).where(*self._mine(), _PAIRS.contains(cast(pairs, ARRAY(Text))))

    def _mine(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [Line.account_id == self.account_id]
        if self.edge:
            at, line_id = self.edge
            place = row_of(literal(at, DateTime(timezone=True)), literal(line_id))
            found.append(row_of(Line.occurred_at, Line.id) < place)
        return found

    def _tests(self, said: ColumnElement[str]) -> list[ColumnElement[bool]]:
        return [said.contains(word.folded, autoescape=True) for word in self.words]

    def _first(self, query: Select[Any], lines: Any, tests: list[ColumnElement[bool]]) -> Select[Any]:
        """Return the query of the newest of these lines in conversations that fit."""
        same = and_(Conversation.account_id == lines.c.account_id, Conversation.chat_id == lines.c.chat_id)
        query = query.select_from(lines).join(Conversation, same).where(*tests, *self.fits)
        return query.order_by(lines.c.occurred_at.desc(), lines.c.id.desc()).limit(PAGE_SIZE + 1)


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

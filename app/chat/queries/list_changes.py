"""What changed in the list, for many open pages at once: every one asks every other second, and most ask for the same.

The lines of a list are read once for all pages that show it and stand at the same place of the feed, and so is what
each member keeps of them who has asked for the list lately. What is missing is read in one statement for all pages that
ask while another one is answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, select, text

from app.chat.filters import ME, ChatReader, ConversationFilter
from app.chat.queries.changed import FeedStanding
from app.chat.queries.conditions import OF_MEMBER, conditions, is_of_one_account
from app.chat.queries.listing import ORDERS, places_page
from app.chat.queries.rows import ConversationRow, select_rows
from app.chat.queries.unread import COUNTED, UNREAD, all_unread_below, reader_of, unread_messages
from app.chat.timing.deadlines import Deadlines
from app.core.db import db
from app.core.db.grouped import Grouped
from app.core.pages import Page, PagePosition
from app.core.recent import Recent
from app.line.models import Account
from app.messages.conversations.models import Conversation

# With more changes than that, the page gets all of its lines.
MOST = 50
_OF_MEMBERS = text(f"""
    SELECT mine.member_id, mine.read_up_to_id, mine.is_notified OR mine.is_rung AS is_told, {UNREAD} AS unread,
        ARRAY(
            SELECT conversation_id FROM conversation_mentions mention
            WHERE mention.member_id = mine.member_id AND seen_at IS NULL
        ) AS mentioned
    FROM chat_members mine WHERE mine.member_id = ANY(CAST(:members AS bigint[]))
""")  # noqa: S608
_MARKS = text("""
    SELECT member_id, conversation_id, read_up_to_id, is_pinned, is_followed, is_muted FROM conversation_marks
    WHERE member_id = ANY(CAST(:members AS bigint[])) AND conversation_id = ANY(CAST(:ids AS bigint[]))
""")


class ListScope(NamedTuple):
    """A list that pages show; `reader` only where its filter is another one for each member."""

    # None: all accounts.
    accounts: frozenset[int] | None
    wanted: ConversationFilter
    at: PagePosition
    reader: ChatReader | None


class _Lines(NamedTuple):
    """The lines of a list that changed; `page` where so many did that all are shown."""

    # Counts the readings, so that it names this one in keys.
    number: int
    accounts: Mapping[int, str]
    rows: Sequence[Any]
    page: Page[Any] | None
    ids: tuple[int, ...]
    # Conversations that wait for an answer longer than promised.
    late: frozenset[int]
    # For members who have read up to this message or less, all messages that the lines count are unread.
    all_unread_below: int


class _Question(NamedTuple):
    """What one page asks: what the member keeps of these conversations, and has not read in these accounts."""

    member_id: int
    accounts: tuple[int, ...]
    ids: tuple[int, ...]


class _Answers(NamedTuple):
    """What members keep of conversations, and how many each has not read."""

    members: Mapping[int, Any]
    marks: Mapping[tuple[int, int], Any]


@dataclass(frozen=True)
class ListChanges:
    """What changed in a list, as one member sees it; lines are put together only where they are asked for."""

    scope: ListScope
    feed: FeedStanding
    # The place at which the list of the page ends.
    last: datetime | None
    reader: ChatReader
    # How many conversations the member has not read, and whether their browser tells of new messages.
    unread: int
    is_told: bool
    _lines: _Lines
    # What the member keeps of the lines, by conversation, and those in which they are mentioned.
    _marks: Mapping[int, Any]
    _mentioned: frozenset[int]

    @property
    def accounts(self) -> Mapping[int, str]:
        """Return the names of the accounts that the member may see, by id."""
        return self._lines.accounts

    @property
    def look(self) -> tuple[Any, ...]:
        """Return a key of what the list says: equal for members to whom it says the same."""
        kept = tuple((row_id, *mark[2:]) for row_id, mark in self._marks.items())
        up_to = max(self.reader.read_up_to_id, self._lines.all_unread_below)
        # All of a page is the same whatever was known of it.
        known = None if self._lines.page else self.last
        return (self._lines.number, known, up_to, kept, self._mentioned)

    def shows(self, conversation_id: int) -> bool:
        """Return whether a line is of this conversation."""
        return conversation_id in self._lines.ids

    @property
    def page(self) -> Page[ConversationRow] | None:
        """Return all lines of the page, where so many changed that it is drawn again."""
        return None if self._lines.page is None else replace(self._lines.page, rows=self._seen)

    @property
    def rows(self) -> list[ConversationRow]:
        """Return lines to show as they are now; none where there is a page."""
        within = [line for line in self.all if self._fits(line) and _is_within(line, self.scope.wanted, self.last)]
        return [] if self._lines.page else within

    @property
    def gone(self) -> list[int]:
        """Return the ids of those that do not belong into the list any more."""
        return [] if self._lines.page else [line.id for line in self.all if not self._fits(line)]

    @property
    def all(self) -> list[ConversationRow]:
        """Return the lines of all that changed, also of what the list does not show."""
        return [line for line in self._seen if line.row.changed_in >= self.feed.since]

    def _fits(self, line: ConversationRow) -> bool:
        return bool(line.row.fits)

    @cached_property
    def _seen(self) -> list[ConversationRow]:
        rows, late, mentioned = self._lines.rows, self._lines.late, self._mentioned
        read = {row_id: mark.read_up_to_id for row_id, mark in self._marks.items()}
        unread = unread_messages(rows, read, self.reader)
        return [
            ConversationRow(row, self._marks.get(row.id), unread.get(row.id, 0), row.id in late, row.id in mentioned)
            for row in rows
        ]


def list_changes(
    accounts: frozenset[int] | None,
    wanted: ConversationFilter,
    member_id: int,
    feed: FeedStanding,
    last: datetime | None,
    at: PagePosition,
) -> ListChanges:
    """Return what changed in a list of these accounts (None: all) that stands at `at` and ends at the place `last`."""
    is_own = wanted.flag in OF_MEMBER or wanted.assignee == ME
    scope = ListScope(accounts, wanted, at, reader_of(member_id) if is_own else None)
    found = _lines(scope, feed)
    kept = _kept_of(member_id, scope, found, is_alone=feed.is_own)
    marks = {row_id: mark for row_id in found.ids if (mark := kept.marks.get((member_id, row_id))) is not None}
    mine = kept.members.get(member_id)
    if mine is None:
        return ListChanges(scope, feed, last, reader_of(member_id), 0, False, found, marks, frozenset())
    reader, mentioned = ChatReader(member_id, mine.read_up_to_id), frozenset(mine.mentioned).intersection(found.ids)
    return ListChanges(scope, feed, last, reader, mine.unread, mine.is_told, found, marks, mentioned)


def _kept_of(member_id: int, scope: ListScope, found: _Lines, *, is_alone: bool) -> _Answers:
    """Return what members keep of these lines, of this one at least; `is_alone` where no other page asks for them."""
    question = _Question(member_id, tuple(found.accounts), found.ids)
    is_known = _ASKERS.get((scope, member_id)) is not None
    _ASKERS.put((scope, member_id), True)
    if is_alone or not is_known:
        return _TOGETHER.ask(question)
    kept = _KEPT.made(found.number, lambda: _kept_of_askers(scope, question))
    return kept if member_id in kept.members else _TOGETHER.ask(question)


def _kept_of_askers(scope: ListScope, question: _Question) -> _Answers:
    members = {member_id for asked, member_id in _ASKERS.known() if asked == scope}
    return _kept(question.accounts, [question._replace(member_id=one) for one in {*members, question.member_id}])


def _answer(asked: Sequence[_Question]) -> Sequence[_Answers]:
    """Answer questions of the same moment, those of the same accounts together."""
    together: defaultdict[tuple[int, ...], list[_Question]] = defaultdict(list)
    for one in asked:
        together[one.accounts].append(one)
    found = {accounts: _kept(accounts, questions) for accounts, questions in together.items()}
    return [found[one.accounts] for one in asked]


def _kept(accounts: tuple[int, ...], asked: Sequence[_Question]) -> _Answers:
    members = sorted({one.member_id for one in asked})
    about = {"ids": list(accounts), "most": COUNTED + 1, "members": members}
    known = {row.member_id: row for row in db.session.execute(_OF_MEMBERS, about)}
    ids = sorted({row_id for one in asked for row_id in one.ids})
    marks = db.session.execute(_MARKS, {"members": members, "ids": ids})
    return _Answers(known, {(row.member_id, row.conversation_id): row for row in marks})


def _lines(scope: ListScope, feed: FeedStanding) -> _Lines:
    """Return what changed in a list, as it is read for the first page that asks at this place of the feed."""
    if feed.since <= (_MANY_SINCE.get((scope, feed.seen)) or -1):
        return _whole_page(scope, feed)
    return _CHANGED.made((scope, feed), lambda: _read(scope, feed))


def _read(scope: ListScope, feed: FeedStanding) -> _Lines:
    accounts = _names(scope)
    rows = _changed(scope, list(accounts), feed.since)
    if len(rows) > MOST:
        _MANY_SINCE.put((scope, feed.seen), feed.since)
        return _whole_page(scope, feed)
    return _of_rows(accounts, rows, None)


def _whole_page(scope: ListScope, feed: FeedStanding) -> _Lines:
    """Return all lines of the page: the same for all that missed too much, whatever they know."""

    def read() -> _Lines:
        accounts = _names(scope)
        page, rows = _page(scope, list(accounts))
        return _of_rows(accounts, rows, page)

    return _PAGES.made((scope, feed.seen), read)


def _names(scope: ListScope) -> dict[int, str]:
    query = select(Account.id, Account.name).order_by(Account.id)
    query = query if scope.accounts is None else query.where(Account.id.in_(scope.accounts))
    return {row.id: row.name for row in db.session.execute(query)}


def _of_rows(accounts: Mapping[int, str], rows: Sequence[Any], page: Page[Any] | None) -> _Lines:
    is_late = Deadlines((row.account_id, row.answer_within) for row in rows).is_late
    late = frozenset(row.id for row in rows if is_late(row))
    return _Lines(next(_NUMBERS), accounts, rows, page, tuple(row.id for row in rows), late, all_unread_below(rows))


def _changed(scope: ListScope, ids: Sequence[int], since: int) -> Sequence[Any]:
    shown = [one for one in ids if scope.wanted.account_id in (None, one)]
    query = select_rows(_fits(shown, scope).label("fits"))
    changed = query.where(Conversation.account_id.in_(ids), Conversation.changed_in >= since)
    return db.session.execute(changed.limit(MOST + 1)).all()


def _page(scope: ListScope, ids: Sequence[int]) -> tuple[Page[Any], Sequence[Any]]:
    page = places_page(ids, scope.wanted, _reader(scope), scope.at)
    found = db.session.execute(select_rows().where(Conversation.id.in_([one.id for one in page.rows])))
    known = {row.id: row for row in found}
    return page, [known[one.id] for one in page.rows if one.id in known]


def _fits(ids: Sequence[int], scope: ListScope) -> ColumnElement[bool]:
    wanted, reader = scope.wanted, _reader(scope)
    if not ids:
        return false()
    if not is_of_one_account(wanted):
        return and_(Conversation.account_id.in_(ids), *conditions(ids[0], wanted, reader))
    return or_(*(and_(Conversation.account_id == one, *conditions(one, wanted, reader)) for one in ids))


def _reader(scope: ListScope) -> ChatReader:
    """Return the member for the conditions of the list; they say nothing of one where the list is shared."""
    return scope.reader or ChatReader(0, 0)


def _is_within(line: ConversationRow, wanted: ConversationFilter, last: datetime | None) -> bool:
    """Return whether the line stands before the end of the page, so that nothing is left out between."""
    order = ORDERS[wanted.order]
    place: Any = getattr(line.row, order.column)
    return last is None or (place >= last if order.descending else place <= last)


_TOGETHER: Grouped[_Question, _Answers] = Grouped(_answer)
# Members who have asked for a list lately, and what is kept of its lines, by the number of their reading.
_ASKERS: Recent[tuple[ListScope, int], bool] = Recent(3, 5_000)
_KEPT: Recent[int, _Answers] = Recent(1, 500)
_NUMBERS = count()
_CHANGED: Recent[tuple[ListScope, FeedStanding], _Lines] = Recent(1, 500)
_PAGES: Recent[tuple[ListScope, str], _Lines] = Recent(1, 500)
# From which transaction on more than MOST lines of a list have changed, in a snapshot of the database.
_MANY_SINCE: Recent[tuple[ListScope, str], int] = Recent(1, 500)

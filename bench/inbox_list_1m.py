"""The chat over HTTP beside the hand-written SQL of the same page, at 200,000 and 1,000,000 conversations.

The reference is 2 × SQL + 20 ms: a page may cost twice its data and twenty milliseconds of making HTML. What can be
written in several ways is, and the fastest counts. A page that shows several things is compared with the sum of their
statements. `BENCH_CONVERSATIONS=20000` has fewer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from app.core.db import db
from app.core.pages import encode_key
from app.friends.models import GRAMS
from app.messages.conversations.models import SAID, SAID_PAIRS
from bench._conversations import LONG, fill, read_for_a_year
from bench._population import populate
from bench.friends_page import ALLOWANCE_MS, account_and_member, signed_in
from bench.harness import Result, alternate, installation, milliseconds

MOST = int(os.environ.get("BENCH_CONVERSATIONS", "1000000"))
SIZES = [size for size in (20_000, 200_000, 1_000_000) if size == MOST or (20_000 < size <= MOST)]
ROUNDS = 25
# Rows of the list, lines of a thread on either side of the one that was looked for, and messages that are found.
ROWS, LINES, FOUND = 25, 20, 20
FRAGMENT = {"HX-Request": "true"}
Ways = tuple[str, ...]

_UNREAD = """
    (SELECT count(*) FROM (
        SELECT 1 FROM conversation_messages line
        WHERE line.account_id = row.account_id AND line.chat_id = row.chat_id AND line.direction = 'in'
            AND line.type <> 'postback' AND line.id > coalesce(mark.read_up_to_id, {read})
        LIMIT 100
    ) AS newest)
"""
_ROWS = """
    SELECT row.id, row.kind, row.status, row.owner, row.last_message_at, row.unanswered_since, friends.display_name,
        friends.picture_url, friends.first_name, friends.last_name, last.type, last.direction, last.state, last.content,
        members.name, mark.is_pinned, mark.is_muted, {unread} AS unread
    FROM conversations row
    LEFT JOIN friends ON friends.id = row.friend_id
    LEFT JOIN conversation_messages last ON last.id = row.last_message_id
    LEFT JOIN members ON members.id = row.assignee_id
    LEFT JOIN conversation_marks mark ON mark.conversation_id = row.id AND mark.member_id = {member}
    WHERE row.account_id = {account} AND NOT row.is_spam AND {where}
    ORDER BY row.last_message_at DESC, row.id DESC LIMIT {rows}
"""
# With whom a conversation is, how it stands, the member's mark and draft, and whether an answer is planned.
_HEAD = """
    SELECT row.*, friends.*, groups.*, accounts.name, assignees.name, mark.*, drafts.*, pinned.content,
        EXISTS (SELECT FROM planned_answers WHERE conversation_id = row.id AND state IN ('planned', 'failed'))
    FROM conversations row
    JOIN accounts ON accounts.id = row.account_id
    LEFT JOIN friends ON friends.id = row.friend_id
    LEFT JOIN groups ON groups.id = row.group_id
    LEFT JOIN members assignees ON assignees.id = row.assignee_id
    LEFT JOIN conversation_messages pinned ON pinned.id = row.pinned_note_id
    LEFT JOIN conversation_marks mark ON mark.conversation_id = row.id AND mark.member_id = {member}
    LEFT JOIN message_drafts drafts ON drafts.account_id = row.account_id AND drafts.member_id = {member}
        AND drafts.owner_kind = 'conversation' AND drafts.owner_id = row.id
    WHERE row.id = {row}
"""
_LINES = """
    SELECT line.*, message_sends.state, message_sends.actor
    FROM conversation_messages line LEFT JOIN message_sends ON message_sends.id = line.send_id
    WHERE line.account_id = {account} AND line.chat_id = '{chat}' AND {where}
    ORDER BY occurred_at {order}, line.id {order} LIMIT {lines}
"""
_FOUND = """
    SELECT line.id, line.occurred_at, line.content, row.id, friends.display_name, friends.picture_url
    FROM conversation_messages line
    JOIN conversations row ON row.account_id = line.account_id AND row.chat_id = line.chat_id AND NOT row.is_spam
    LEFT JOIN friends ON friends.id = row.friend_id
    WHERE line.account_id = {account} AND {where}
    ORDER BY line.occurred_at DESC, line.id DESC LIMIT {found}
"""


@dataclass(frozen=True)
class InboxCase:
    """One page: its address, and for each thing that it shows the ways in which a developer would ask for it."""

    name: str
    address: str
    parts: tuple[Ways, ...]
    is_fragment: bool = False


def run() -> list[Result]:
    """Measure every page at every size."""
    return [result for size in SIZES for result in _measure(size)]


def _measure(size: int) -> list[Result]:
    with installation("inbox_list") as place:
        with place.app.app_context():
            engine, (account_id, member) = db.engine, account_and_member()
        browser = signed_in(place.app, member)
        with engine.connect() as connection:
            tags = populate(connection, account_id, size)
            member_id = int(connection.scalar(text("SELECT id FROM members")) or 0)
            fill(connection, account_id, member_id)
            # The first visit notes what came before the member did.
            browser.get("/chat")
            with place.app.app_context():
                read_for_a_year(member_id)
            pages = _Pages(connection, account_id, member_id)
            return [_result(browser, connection, case, size) for case in pages.cases(tags)]


class _Pages:
    """The cases of one installation, with the statements of their pages."""

    def __init__(self, connection: Connection, account_id: int, member_id: int) -> None:
        self._connection, self._account, self._member = connection, account_id, member_id
        self._read = connection.scalar(text("SELECT read_up_to_id FROM chat_members"))

    def cases(self, tags: list[int]) -> Iterator[InboxCase]:
        """Yield every page."""
        yield InboxCase("list", "/chat", (self._rows("true"),))
        at, row_id = self._row("ORDER BY last_message_at DESC, id DESC OFFSET (SELECT count(*) / 2 FROM conversations)")
        after = f"(row.last_message_at, row.id) < ('{at.isoformat()}'::timestamptz, {row_id})"
        address = f"/chat?after={quote(encode_key(at.isoformat(), row_id))}"
        yield InboxCase("deep", address, (self._rows(after),))
        for name, tag in (("common", tags[0]), ("middling", tags[6]), ("rare", tags[-1])):
            yield InboxCase(f"filter_{name}", f"/chat?status=to_do&tag={tag}", (self._filtered(tag),))
        yield from self._threads()
        for name, word in (("common", "配送"), ("phrase", "ship to"), ("name", "田中"), ("rare", "A-0012345")):
            yield InboxCase(f"search_{name}", f"/chat?search={quote(word)}", self._searched(word))
        yield InboxCase("search_none", "/chat?search=zzzz", self._searched("zzzz"))

    def _threads(self) -> Iterator[InboxCase]:
        """The long conversation, opened at the line in its middle: as a whole page, and beside the list."""
        _at, row_id = self._row("ORDER BY last_message_at DESC, id DESC")
        chat = str(self._value("SELECT chat_id FROM conversations WHERE id = :id", id=row_id))
        middle = int(self._value("SELECT max(id) - :half FROM conversation_messages", half=LONG // 2))
        at = self._value("SELECT occurred_at FROM conversation_messages WHERE id = :id", id=middle)
        place, given = f"('{at.isoformat()}'::timestamptz, {middle})", {"account": self._account, "chat": chat}
        lines = tuple(
            (_LINES.format(where=f"(occurred_at, line.id) {sign} {place}", order=order, lines=LINES, **given),)
            for sign, order in (("<", "DESC"), (">=", "ASC"))
        )
        thread = (_HEAD.format(member=self._member, row=row_id),), *lines
        address = f"/chat/{row_id}?message={middle}"
        yield InboxCase("thread", address, (*thread, self._rows("true")))
        yield InboxCase("thread_beside", address, thread, is_fragment=True)

    def _rows(self, *wheres: str) -> Ways:
        given = {"member": self._member, "account": self._account, "rows": ROWS + 1}
        unread = _UNREAD.format(read=self._read)
        return tuple(_ROWS.format(unread=unread, where=where, **given) for where in wheres)

    def _filtered(self, tag: int) -> Ways:
        tagged = f"SELECT friend_id FROM friend_tags WHERE tag_id = {tag}"
        exists = f"EXISTS (SELECT FROM friend_tags WHERE tag_id = {tag} AND friend_id = row.friend_id)"
        ways = f"row.friend_id IN ({tagged})", exists, f"row.friend_id = ANY(ARRAY({tagged}))"
        return self._rows(*(f"row.status = 'to_do' AND {one}" for one in ways))

    def _searched(self, word: str) -> tuple[Ways, Ways]:
        """Return the conversations with people of this name, and the messages that hold the words."""
        word = word.lower()
        parts = word.split()
        pairs = ", ".join(f"'{part[at : at + 2]}'" for part in parts for at in range(len(part) - 1))
        named = " AND ".join(f"friends.search_text LIKE '%%{part}%%'" for part in parts)
        among = f"SELECT id FROM friends WHERE account_id = {self._account} AND {named} AND ({GRAMS}) @> ARRAY[{pairs}]"
        names = self._rows(named, f"row.friend_id IN ({among})", f"row.friend_id = ANY(ARRAY({among}))")
        said = " AND ".join(f"{SAID.replace('content', 'line.content')} LIKE '%%{part}%%'" for part in parts)
        indexed = f"{said} AND ({SAID_PAIRS.replace('content', 'line.content')}) @> ARRAY[{pairs}]"
        messages = (_FOUND.format(account=self._account, where=where, found=FOUND + 1) for where in (said, indexed))
        return names, tuple(messages)

    def _row(self, order: str) -> tuple[object, int]:
        row = self._connection.execute(text(f"SELECT last_message_at, id FROM conversations {order} LIMIT 1")).one()
        return row.last_message_at, row.id

    def _value(self, query: str, **values: object) -> object:
        return self._connection.scalar(text(query), values)


def _result(browser: FlaskClient, connection: Connection, case: InboxCase, size: int) -> Result:
    headers = FRAGMENT if case.is_fragment else {}
    fastest = [_fastest(connection, ways) for ways in case.parts]

    def page() -> float:
        return milliseconds(lambda: _expect(browser, case.address, headers))

    def by_hand() -> float:
        return milliseconds(lambda: [connection.exec_driver_sql(one).all() for one in fastest])

    for side in (page, by_hand):
        side()
    ours, reference = alternate(page, by_hand, rounds=ROUNDS)
    return Result(f"inbox_list_1m.{case.name}.{size}", ours, "ms", 2 * reference + ALLOWANCE_MS, "lower", size)


def _fastest(connection: Connection, ways: Ways) -> str:
    """Return the way that takes the shortest time once all are warm."""
    if len(ways) == 1:
        return ways[0]

    def timed(statement: str) -> float:
        return min(milliseconds(lambda: connection.exec_driver_sql(statement).all()) for _ in range(3))

    return min(ways, key=timed)


def _expect(browser: FlaskClient, address: str, headers: dict[str, str]) -> None:
    answer = browser.get(address, headers=headers)
    if answer.status_code != 200:
        raise AssertionError(f"{address}: {answer.status_code}")

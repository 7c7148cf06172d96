"""What a member has not read: how many messages of a conversation, and how many conversations."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text

from app.chat.filters import ChatReader
from app.chat.queries.conversations import settings_of
from app.core.db import db
from app.core.recent import Recent
from app.team.actors import Actor

# More than so many are said to be "99+".
COUNTED = 99
# Of the newest lines only, so that a long conversation costs no more than a short one.
_INCOMING = text("""
    SELECT row.id, (
        SELECT array_agg(newest.id ORDER BY newest.id) FILTER (WHERE direction = 'in' AND type <> 'postback') FROM (
            SELECT message.id, direction, type FROM conversation_messages message
            WHERE message.account_id = row.account_id AND message.chat_id = row.chat_id
            ORDER BY occurred_at DESC, message.id DESC LIMIT :most
        ) newest
    ) AS messages
    FROM conversations row WHERE row.id = ANY(CAST(:ids AS bigint[]))
""")
# How many conversations a member of the table `mine` has not read: those newer than the member's line are looked at, of
# older ones there are marks.
UNREAD = """(
    SELECT count(*) FROM (
        (SELECT 1 FROM accounts CROSS JOIN LATERAL (
            SELECT FROM conversations row
            WHERE row.account_id = accounts.id AND NOT row.is_spam AND row.last_incoming_id > mine.read_up_to_id
                AND NOT EXISTS (
                    SELECT FROM conversation_marks mark WHERE mark.conversation_id = row.id
                        AND mark.member_id = mine.member_id AND mark.read_up_to_id >= row.last_incoming_id
                )
            ORDER BY row.last_incoming_id DESC LIMIT :most
        ) newer
        WHERE CAST(:ids AS bigint[]) IS NULL OR accounts.id = ANY(:ids)
        LIMIT :most)
        UNION ALL
        (SELECT 1 FROM conversation_marks mark JOIN conversations row ON row.id = mark.conversation_id
        WHERE mark.member_id = mine.member_id AND mark.is_behind AND mark.read_up_to_id < row.last_incoming_id
            AND row.last_incoming_id <= mine.read_up_to_id AND NOT row.is_spam
            AND (CAST(:ids AS bigint[]) IS NULL OR row.account_id = ANY(:ids))
        LIMIT :most)
        LIMIT :most
    ) AS found
)"""
# What came before the member did counts as read, until the member uses the chat. OFFSET 0 lets it be found out once.
_UNREAD = text(f"""
    SELECT {UNREAD} FROM (
        SELECT member.id AS member_id, coalesce(
            (SELECT read_up_to_id FROM chat_members WHERE member_id = member.id),
            (SELECT max(message.id) FROM conversation_messages message WHERE occurred_at < member.created_at),
            0
        ) AS read_up_to_id
        FROM members member WHERE member.id = :member_id OFFSET 0
    ) mine
""")  # noqa: S608
# The newest messages of a conversation, by its id and the transaction that changed it last.
_RECENT: Recent[tuple[int, int], Sequence[int]] = Recent(10, 5_000)


def reader_of(member_id: int) -> ChatReader:
    """Return the member, as queries of the list take one."""
    return ChatReader(member_id, settings_of(member_id).read_up_to_id)


def unread_messages(rows: Iterable[Any], read: Mapping[int, int | None], reader: ChatReader) -> dict[int, int]:
    """Return how many messages the member has not read, up to COUNTED + 1, of those conversations that have any.

    `read` says up to which message those are read that the member has opened.
    """
    behind: dict[int, tuple[int, int]] = {}
    for row in rows:
        mine = read.get(row.id)
        up_to = reader.read_up_to_id if mine is None else mine
        if (row.last_incoming_id or 0) > up_to:
            behind[row.id] = (row.changed_in, up_to)
    incoming = _incoming({row_id: changed_in for row_id, (changed_in, _up_to) in behind.items()})
    # A message so old that it is not among the newest is one at least.
    return {row_id: max(_after(incoming[row_id], up_to), 1) for row_id, (_changed_in, up_to) in behind.items()}


def all_unread_below(rows: Sequence[Any]) -> int:
    """Return a message's id: for members who have read up to it or less, `unread_messages` counts the same."""
    incoming = _incoming({row.id: row.changed_in for row in rows if row.last_incoming_id})
    firsts = [min((row.last_incoming_id, *incoming[row.id][:1])) for row in rows if row.last_incoming_id]
    return min(firsts, default=1) - 1


def _after(ids: Sequence[int], up_to: int) -> int:
    return len(ids) - bisect_right(ids, up_to)


def _incoming(asked: Mapping[int, int]) -> dict[int, Sequence[int]]:
    """Return the newest messages of these conversations, which were changed by these transactions."""
    found = _RECENT.all_made(list(asked.items()), _read_incoming)
    return {row_id: found.get((row_id, changed_in), ()) for row_id, changed_in in asked.items()}


def _read_incoming(asked: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Sequence[int]]:
    changed_in = dict(asked)
    found = db.session.execute(_INCOMING, {"ids": list(changed_in), "most": COUNTED + 1})
    return {(row.id, changed_in[row.id]): row.messages or () for row in found}


def unread_of(actor: Actor) -> int:
    """Return how many conversations have something new for the member, up to COUNTED + 1."""
    if actor.member_id is None:
        return 0
    return unread_conversations(actor.member_id, None if actor.accounts is None else sorted(actor.accounts))


def unread_conversations(member_id: int, account_ids: Sequence[int] | None) -> int:
    """Return how many conversations of these accounts, or of all, have something new, up to COUNTED + 1."""
    ids = None if account_ids is None else list(account_ids)
    about = {"member_id": member_id, "ids": ids, "most": COUNTED + 1}
    return int(db.session.scalar(_UNREAD, about) or 0)

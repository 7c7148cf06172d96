"""Conversations by the hundred thousand, filled by COPY: three messages each, as friends and members write them.

Ids rise with time, as they do in earnest, and the messages of a conversation lie far apart. One conversation is long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from app.chat.timing.settling import settle
from app.core.db import db

# So many lines more are written in the conversation with the newest message.
LONG = 3_000
EACH = 3
SPAN = timedelta(days=360)
# The member came so long ago, has read since what came in, and left one in so many conversations unread.
JOINED, LEFT_UNREAD = timedelta(days=36), 500
# Chosen so that neighbours in the list are no neighbours among friends.
STEP = 7_919
SAID = (
    "こんにちは、予約を変更したいのですが",
    "ありがとうございます！楽しみにしています🌸",
    "配送はいつになりますか？",
    "Do you ship to Okinawa?",
    "写真と色が少し違う気がします",
    "明日の14時は空いていますか",
    "Thanks, that helps a lot",
    "ポイントの使い方を教えてください",
    "領収書をお願いします",
    "店舗の場所はどこですか",
)
ANSWERED = ("承知しました。確認いたします。", "We will look into it right away.", "ご来店をお待ちしております。")
STATUSES = ("none", "to_do", "none", "done", "none", "to_do", "none", "none", "done", "none")
_INDEXES = ("ix_conversation_messages_search", "ix_conversation_messages_time", "ix_conversation_messages_thread")
_MESSAGES = (
    "COPY conversation_messages (id, account_id, chat_id, friend_id, direction, author_kind, author_line_id, type,"
    " content, state, line_message_id, occurred_at, cause_kind, cause_id, is_answer) FROM STDIN"
)
_CONVERSATIONS = (
    "COPY conversations (account_id, chat_id, kind, friend_id, status, is_spam, owner, started_at, last_message_id,"
    " last_message_at, last_incoming_id, last_incoming_at, unanswered_since, answered_id) FROM STDIN"
)
_READ = text("""
    INSERT INTO conversation_marks (conversation_id, member_id, read_up_to_id)
    SELECT id, :member_id, last_incoming_id FROM conversations
    WHERE last_incoming_at >= :joined AND id % :left > 0
""")
_AGO = text("""
    UPDATE chat_members SET settles_up_to_id = (SELECT max(id) FROM conversation_messages) - 1,
        settles_at = now() - interval '1 hour'
    WHERE member_id = :member_id
""")
Friend = tuple[int, str]


def fill(connection: Connection, account_id: int, member_id: int) -> None:
    """Store a conversation with each friend of the account, most of them read by the member since they came."""
    query = text("SELECT id, line_user_id FROM friends WHERE account_id = :account_id ORDER BY id")
    people = _mixed([(row.id, row.line_user_id) for row in connection.execute(query, {"account_id": account_id})])
    defined = text("SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY(:names)")
    indexes = connection.execute(defined, {"names": list(_INDEXES)}).all()
    # Foreign keys would be looked up row by row, for rows that are right.
    connection.execute(text("SET session_replication_role = replica"))
    for row in indexes:
        connection.execute(text(f"DROP INDEX {row.indexname}"))
    begin = datetime.now(UTC).replace(microsecond=0) - SPAN
    _copy(connection, _MESSAGES, _lines(account_id, people, begin))
    _copy(connection, _CONVERSATIONS, _chats(account_id, people, begin))
    connection.execute(text("SELECT setval('conversation_messages_id_seq', max(id)) FROM conversation_messages"))
    joined = begin + SPAN - JOINED
    connection.execute(text("UPDATE members SET created_at = :joined"), {"joined": joined})
    connection.execute(_READ, {"member_id": member_id, "joined": joined, "left": LEFT_UNREAD})
    for row in indexes:
        connection.execute(text(row.indexdef))
    connection.execute(text("RESET session_replication_role"))
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def read_for_a_year(member_id: int) -> None:
    """Let the line below which all counts as read be where it is after the jobs of that time."""
    line = text("SELECT read_up_to_id FROM chat_members WHERE member_id = :member_id")
    before = -1
    while (now := db.session.scalar(line, {"member_id": member_id})) != before:
        before = now
        db.session.execute(_AGO, {"member_id": member_id})
        settle(member_id)
        db.session.commit()


def _mixed(people: list[Friend]) -> list[Friend]:
    size = len(people)
    return [people[number * STEP % size] for number in range(size)]


def _copy(connection: Connection, statement: str, rows: Iterable[str]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write(row)


def _lines(account_id: int, people: list[Friend], begin: datetime) -> Iterator[str]:
    """Yield a question of everyone, then an answer to everyone, then what everyone wrote last."""
    size = len(people)
    step = SPAN / (size * EACH + LONG)
    for part in range(EACH):
        for number, (friend_id, user_id) in enumerate(people):
            line_id = part * size + number + 1
            yield _line(account_id, friend_id, user_id, line_id, begin + step * line_id, number + part, part == 1)
    friend_id, user_id = people[-1]
    for line_id in range(size * EACH + 1, size * EACH + LONG + 1):
        yield _line(account_id, friend_id, user_id, line_id, begin + step * line_id, line_id, line_id % 2 == 0)


def _line(
    account_id: int, friend_id: int, user_id: str, line_id: int, at: datetime, number: int, is_answer: bool
) -> str:
    words = ANSWERED[number % len(ANSWERED)] if is_answer else f"{SAID[number % len(SAID)]} A-{line_id:07d}"
    about = f"{account_id}\t{user_id}\t{friend_id}\t{'out' if is_answer else 'in'}"
    author = "member\t\\N" if is_answer else f"friend\t{user_id}"
    said = f'text\t{{"type": "text", "text": "{words}"}}\t{"sent" if is_answer else "received"}'
    cause = "chat" if is_answer else "webhook_event"
    return f"{line_id}\t{about}\t{author}\t{said}\t{10**17 + line_id}\t{at}\t{cause}\t{line_id}\t{is_answer}\n"


def _chats(account_id: int, people: list[Friend], begin: datetime) -> Iterator[str]:
    size = len(people)
    step = SPAN / (size * EACH + LONG)
    for number, (friend_id, user_id) in enumerate(people):
        answered, last = size + number + 1, 2 * size + number + 1
        incoming = last
        if number == size - 1:
            # Of the lines of the long one, those with an even id are answers.
            last = size * EACH + LONG
            incoming, answered = (last - 1, last) if last % 2 == 0 else (last, last - 1)
        status, is_spam = STATUSES[number % len(STATUSES)], number % 211 == 0
        waits = begin + step * incoming if status == "to_do" else "\\N"
        yield (
            f"{account_id}\t{user_id}\tfriend\t{friend_id}\t{status}\t{is_spam}\t"
            f"{'person' if status == 'to_do' else 'automation'}\t{begin}\t{last}\t{begin + step * last}\t{incoming}\t"
            f"{begin + step * incoming}\t{waits}\t{answered}\n"
        )

"""Let what counts as read in every conversation follow what a member reads, so that counting looks at few.

A member who reads all day has a mark on each conversation; counting those that are unread would look at all of them, at
every look of every page. Now and then the line below which all counts as read is moved up, and what is unread below it
is noted on its marks.
"""

from __future__ import annotations

from sqlalchemy import select, text

from app.chat.models import ChatMember
from app.core import shutdown
from app.core.db import db

# So many conversations at most are noted for a member at a time; who leaves more unread has them counted quickly.
MOST = 1_000
# A message of a transaction that is still open may have a smaller id than those that can be seen. So the line moves to
# where the newest message stood when this was done before, so many minutes ago at least.
_SETTLE = text("""
    WITH reader AS (
        SELECT member_id, read_up_to_id, settles_up_to_id FROM chat_members
        WHERE member_id = :member_id AND settles_up_to_id > read_up_to_id
            AND settles_at < statement_timestamp() - interval '10 minutes' FOR UPDATE
    ), unread AS (
        SELECT row.id, row.last_incoming_id FROM reader
        JOIN conversations row ON row.last_incoming_id > reader.read_up_to_id
            AND row.last_incoming_id <= reader.settles_up_to_id
        LEFT JOIN conversation_marks mark ON mark.conversation_id = row.id AND mark.member_id = reader.member_id
        WHERE mark.read_up_to_id IS NULL OR mark.read_up_to_id < row.last_incoming_id
        ORDER BY row.last_incoming_id LIMIT :most
    ), noted AS (
        INSERT INTO conversation_marks AS mark (conversation_id, member_id, read_up_to_id, is_behind)
        SELECT unread.id, reader.member_id, reader.read_up_to_id, true FROM unread, reader ORDER BY unread.id
        ON CONFLICT (conversation_id, member_id) DO UPDATE SET is_behind = true,
            read_up_to_id = coalesce(mark.read_up_to_id, excluded.read_up_to_id)
    )
    UPDATE chat_members SET read_up_to_id = CASE
        WHEN (SELECT count(*) FROM unread) < :most THEN reader.settles_up_to_id
        ELSE (SELECT max(last_incoming_id) FROM unread) END
    FROM reader WHERE chat_members.member_id = reader.member_id
""")
_NEXT = text("""
    UPDATE chat_members SET settles_up_to_id = (SELECT max(id) FROM conversation_messages), settles_at = now()
    WHERE member_id = :member_id AND coalesce(settles_at < statement_timestamp() - interval '10 minutes', true)
        AND coalesce(settles_up_to_id <= read_up_to_id, true)
""")


def settle_all() -> int:
    """Do it for every member who uses the chat; returns for how many. Commits member by member."""
    members = db.session.scalars(select(ChatMember.member_id).order_by(ChatMember.member_id)).all()
    for number, member_id in enumerate(members):
        if shutdown.is_requested():
            return number
        settle(member_id)
        db.session.commit()
    return len(members)


def settle(member_id: int) -> None:
    """Move the member's line up to where the newest message stood when this was done last."""
    db.session.execute(_SETTLE, {"member_id": member_id, "most": MOST})
    db.session.execute(_NEXT, {"member_id": member_id})

"""Have open pages draw again what says nothing new in its own row, such as a line whose file has come."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, text

from app.core.db import db
from app.messages.conversations.models import TRANSACTION, ConversationMessage
from app.messages.conversations.updating import WrittenLine, lines_went_on

# So many of the newest lines of a person are drawn again; a page that shows more has older ones.
NEWEST = 100
_TOUCH = text(f"""
WITH held AS (SELECT id FROM conversation_messages WHERE id = ANY(:ids) ORDER BY id FOR UPDATE)
UPDATE conversation_messages row SET changed_in = {TRANSACTION} FROM held WHERE row.id = held.id
RETURNING row.id, row.account_id, row.chat_id, row.friend_id, row.occurred_at AS at
""")  # noqa: S608
# A conversation that is locked is being changed, and told by that.
_TOUCH_CHATS = text(f"""
WITH held AS (SELECT id FROM conversations WHERE friend_id = ANY(:ids) ORDER BY id FOR UPDATE SKIP LOCKED)
UPDATE conversations chat SET changed_in = {TRANSACTION} FROM held WHERE chat.id = held.id
""")  # noqa: S608


def touch_chats_of(friend_ids: Collection[int]) -> None:
    """Note, in the caller's transaction, that the conversations with these friends are to be drawn again."""
    if friend_ids:
        db.session.execute(_TOUCH_CHATS, {"ids": sorted(friend_ids)})


def touch_lines(ids: Collection[int]) -> None:
    """Note, in the caller's transaction, that these lines are to be drawn again; their rows stay locked until then."""
    if ids:
        rows = db.session.execute(_TOUCH, {"ids": sorted(ids)})
        lines_went_on(
            [WrittenLine(row.id, row.account_id, row.chat_id, row.friend_id, row.at, is_new=False) for row in rows]
        )


def touch_lines_of(account_id: int, chat_id: str, line_user_ids: Collection[str]) -> None:
    """Note that what these people wrote in the chat is to be drawn again."""
    mine = ConversationMessage.account_id == account_id, ConversationMessage.chat_id == chat_id
    written = select(ConversationMessage.id).where(*mine, ConversationMessage.author_line_id.in_(line_user_ids))
    newest = written.order_by(ConversationMessage.occurred_at.desc(), ConversationMessage.id.desc()).limit(NEWEST)
    touch_lines(db.session.scalars(newest).all())

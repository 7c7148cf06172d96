"""Order what belongs to new messages, and forget what was taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import lenient_json, queue
from app.core.db import db
from app.media.operations.files import discard_files
from app.messages.conversations.contents.kind import CONTENTS
from app.messages.conversations.contents.models import OWNER_KIND, ContentState, MessageContent
from app.messages.conversations.models import ConversationMessage, MessageState
from app.messages.conversations.touching import touch_lines

# Types of messages whose bytes LINE keeps apart.
TYPES = frozenset({"image", "video", "audio", "file"})
# So many workers are woken at once; the sweep finds what is left.
WOKEN = 50
MOST_SET_ID = 100


def order_contents(message_ids: Sequence[int]) -> None:
    """Order what belongs to these messages, in the caller's transaction; a message has its order once."""
    query = select(ConversationMessage).where(
        ConversationMessage.id.in_(message_ids),
        ConversationMessage.type.in_(TYPES),
        ConversationMessage.state == MessageState.RECEIVED,
        ConversationMessage.line_message_id.is_not(None),
    )
    rows = [_row(one) for one in db.session.scalars(query.order_by(ConversationMessage.id)) if _is_at_line(one)]
    if not rows:
        return
    added = insert(MessageContent).values(rows).on_conflict_do_nothing().returning(MessageContent.id)
    for content_id in db.session.scalars(added).all()[:WOKEN]:
        queue.after_commit(db.session, "messages.conversations.contents.fetch", content_id)


def forget_contents(message_ids: Sequence[int]) -> None:
    """Delete what belongs to messages that were taken back, with its files, at once."""
    mine = MessageContent.message_id.in_(message_ids), MessageContent.state != ContentState.UNSENT
    unordered = {"due_at": None, "leased_until": None, "file_id": None, "preview_id": None}
    gone = update(MessageContent).where(*mine).values(state=ContentState.UNSENT, **unordered)
    rows = db.session.execute(gone.returning(MessageContent.id, MessageContent.account_id, MessageContent.set_id)).all()
    if rows:
        discard_files(OWNER_KIND, [row.id for row in rows])
        for row in rows:
            _tell_set(row.account_id, row.set_id)


def _tell_set(account_id: int, set_id: str | None) -> None:
    """Have the other pictures of the set drawn again, since they stand together."""
    if set_id is None:
        return
    others = select(MessageContent.message_id).where(
        MessageContent.account_id == account_id, MessageContent.set_id == set_id
    )
    touch_lines(db.session.scalars(others).all())


def _is_at_line(message: ConversationMessage) -> bool:
    """Return whether LINE has the bytes: a sender may also name an address elsewhere."""
    provider = lenient_json.mapping(message.content, "contentProvider")
    return lenient_json.text(provider, "type") != "external"


def _row(message: ConversationMessage) -> dict[str, Any]:
    image_set = lenient_json.mapping(message.content, "imageSet")
    set_id = lenient_json.text(image_set, "id")
    return {
        "message_id": message.id,
        "account_id": message.account_id,
        "line_message_id": message.line_message_id,
        "set_id": set_id[:MOST_SET_ID] if set_id else None,
        "set_index": _small(image_set, "index"),
        "set_total": _small(image_set, "total"),
        "occurred_at": message.occurred_at,
        **CONTENTS.ordered(),
    }


def _small(image_set: Any, name: str) -> int | None:
    found = lenient_json.number(image_set, name)
    return found if found is not None and 0 <= found <= 1_000 else None

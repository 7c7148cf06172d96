"""Store what friends send on the timeline, once, and announce it to upper layers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from app.core.db import db
from app.core.events import announce
from app.friends import events
from app.friends.messages import kept
from app.friends.models import Activity, Friend
from app.friends.operations.activity import record_activity
from app.friends.operations.friends import later, lock_friend, meet_writer

UNSENT = {"unsent": True}


def record_message(
    account_id: int,
    line_user_id: str,
    message: dict[str, Any],
    occurred_at: datetime,
    *,
    webhook_event_id: int | None = None,
    group_id: str | None = None,
    reply_token: str | None = None,
) -> Friend | None:
    """Store a message. In a group only friends count; None for others. Announces FriendMessageReceived, once."""
    friend = _writer(account_id, line_user_id, group_id)
    if friend is None or _was_taken_back(friend, message, occurred_at):
        return friend
    if message.get("unsent"):
        placeholder = {"message_id": str(message.get("id", "")), **UNSENT}
        record_activity(friend, "message", occurred_at, placeholder, webhook_event_id=webhook_event_id)
        return friend
    friend.last_message_at = later(friend.last_message_at, occurred_at)
    what = kept(message, group_id)
    if not record_activity(friend, "message", occurred_at, what, webhook_event_id=webhook_event_id):
        return friend
    db.session.flush()
    announce(
        events.FriendMessageReceived(
            account_id=account_id,
            friend_id=friend.id,
            occurred_at=occurred_at,
            webhook_event_id=webhook_event_id,
            message=message,
            group_id=group_id,
            reply_token=reply_token,
        )
    )
    return friend


def record_unsend(
    account_id: int,
    line_user_id: str | None,
    message_id: str,
    occurred_at: datetime,
    *,
    webhook_event_id: int | None = None,
) -> None:
    """A message was taken back: its content goes, its line stays, also when the message itself comes only later.

    Announces FriendMessageUnsent when there was something to take back.
    """
    gone = _forget_content(account_id, message_id)
    if gone:
        announce(
            events.FriendMessageUnsent(
                account_id=account_id,
                friend_id=gone,
                occurred_at=occurred_at,
                webhook_event_id=webhook_event_id,
                message_id=message_id,
            )
        )
    elif line_user_id and (friend := lock_friend(account_id, line_user_id)) is not None:
        placeholder = {"message_id": message_id, **UNSENT}
        record_activity(friend, "message", occurred_at, placeholder, webhook_event_id=webhook_event_id)


def record_action(
    account_id: int,
    line_user_id: str,
    kind: str,
    data: dict[str, Any],
    *,
    occurred_at: datetime,
    webhook_event_id: int | None = None,
) -> Friend | None:
    """Store a tap, a watched video or a link; returns the friend when it was new, else None."""
    friend = _writer(account_id, line_user_id, data.get("group_id"))
    if friend is None or not record_activity(friend, kind, occurred_at, data, webhook_event_id=webhook_event_id):
        return None
    db.session.flush()
    return friend


def _writer(account_id: int, line_user_id: str, group_id: str | None) -> Friend | None:
    """A stranger who writes to the account is worth a row; the many people of a group are not."""
    return lock_friend(account_id, line_user_id) if group_id else meet_writer(account_id, line_user_id)


def _forget_content(account_id: int, message_id: str) -> int | None:
    return db.session.scalar(
        update(Activity)
        .where(Activity.kind == "message", *_is_message(account_id, message_id))
        .values(data={"message_id": message_id, **UNSENT})
        .returning(Activity.friend_id)
    )


def _was_taken_back(friend: Friend, message: dict[str, Any], occurred_at: datetime) -> bool:
    """Whether the message's end came before its beginning; its line then gets the time at which it was written."""
    if not message.get("id"):
        return False
    where = (
        Activity.kind == "message",
        *_is_message(friend.account_id, str(message["id"])),
        Activity.data.contains(UNSENT),
    )
    line = db.session.scalar(select(Activity).where(*where))
    if line is not None:
        line.occurred_at = min(line.occurred_at, occurred_at)
    return line is not None


def _is_message(account_id: int, message_id: str) -> tuple[Any, ...]:
    return Activity.account_id == account_id, Activity.data["message_id"].astext == message_id

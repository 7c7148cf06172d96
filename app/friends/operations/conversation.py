"""Store friends' messages on the timeline, once, and announce them to upper layers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from app.core.db import db
from app.core.events import announce
from app.friends import events
from app.friends.messages import kept
from app.friends.models import Activity, Friend
from app.friends.operations.activity import event_fields, record_activity
from app.friends.operations.friends import find_writer, later, lock_friend

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
    is_standby: bool = False,
) -> Friend | None:
    """Store a message. In a group only friends count; None for others. Announces FriendMessageReceived, once."""
    origin = event_fields(occurred_at, webhook_event_id, is_standby)
    friend = find_writer(account_id, line_user_id, group_id)
    if friend is None or _was_taken_back(friend, message, occurred_at):
        return friend
    if message.get("unsent"):
        placeholder = {"message_id": str(message.get("id", "")), **UNSENT}
        record_activity(friend, "message", data=placeholder, **origin)
        return friend
    friend.last_message_at = later(friend.last_message_at, occurred_at)
    if not record_activity(friend, "message", data=kept(message, group_id), **origin):
        return friend
    db.session.flush()
    announce(
        events.FriendMessageReceived(
            account_id=account_id,
            friend_id=friend.id,
            **origin,
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
    is_standby: bool = False,
) -> None:
    """Remove the content of an unsent message and keep its line, also when the message itself comes only later.

    Announces FriendMessageUnsent when there was something to take back.
    """
    origin = event_fields(occurred_at, webhook_event_id, is_standby)
    gone = _forget_content(account_id, message_id)
    if gone:
        announce(events.FriendMessageUnsent(account_id=account_id, friend_id=gone, **origin, message_id=message_id))
    elif line_user_id and (friend := lock_friend(account_id, line_user_id)) is not None:
        placeholder = {"message_id": message_id, **UNSENT}
        record_activity(friend, "message", data=placeholder, **origin)


def _forget_content(account_id: int, message_id: str) -> int | None:
    return db.session.scalar(
        update(Activity)
        .where(Activity.kind == "message", *_is_message(account_id, message_id))
        .values(data={"message_id": message_id, **UNSENT})
        .returning(Activity.friend_id)
    )


def _was_taken_back(friend: Friend, message: dict[str, Any], occurred_at: datetime) -> bool:
    """Return whether the unsend came before the message; its line then gets the time at which it was written."""
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

"""Store friends' messages on the timeline, once, and announce them to upper layers.

A message, its edits and its taking back may come in any order: its one line shows the newest words, or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from app.core.db import db
from app.core.events import announce, announce_all
from app.friends import events
from app.friends.messages import kept
from app.friends.models import Activity, Friend
from app.friends.operations.activity import ActivityRecord, event_fields, record_activities, record_activity
from app.friends.operations.friends import find_friend, find_writer, later, meet_people, wake_profiles

UNSENT = {"unsent": True}
EDITED_AT = "edited_at"
_message_id = Activity.data["message_id"].astext


@dataclass(frozen=True)
class Written:
    """What a person wrote: LINE's message object, when, and the stored event behind it."""

    line_user_id: str
    message: dict[str, Any]
    occurred_at: datetime
    webhook_event_id: int | None = None
    group_id: str | None = None
    reply_token: str | None = None
    is_standby: bool = False

    @property
    def message_id(self) -> str:
        """Return the id of the message; empty when LINE gave none."""
        return str(self.message.get("id", ""))

    @property
    def origin(self) -> dict[str, Any]:
        """Return when and by which stored event it happened."""
        return event_fields(self.occurred_at, self.webhook_event_id, self.is_standby)

    def activity(self, friend: Friend) -> ActivityRecord:
        """Return the line for the timeline."""
        is_gone = bool(self.message.get("unsent"))
        data = {"message_id": self.message_id, **UNSENT} if is_gone else kept(self.message, self.group_id)
        return ActivityRecord(friend, "message", data, **self.origin)


def record_messages(account_id: int, batch: Sequence[Written]) -> None:
    """Store messages, in the order in which they were written. In groups only friends count.

    Announces FriendMessageReceived for each, once.
    """
    writers = {one.line_user_id for one in batch if not one.group_id}
    people = meet_people(account_id, writers, {one.line_user_id for one in batch})
    if any(people[writer].profile_due_at for writer in writers):
        wake_profiles(account_id)
    known = [(one, people[one.line_user_id]) for one in batch if one.line_user_id in people]
    early = _early_lines(account_id, [one.message_id for one, _ in known])
    fresh = [one.activity(friend) for one, friend in known if one.message_id not in early]
    written = iter(record_activities(fresh))
    is_news = [_take_over(one, early[one.message_id]) if one.message_id in early else next(written) for one, _ in known]
    received = [
        pair for pair, is_new in zip(known, is_news, strict=True) if is_new and not pair[0].message.get("unsent")
    ]
    for one, friend in received:
        friend.last_message_at = later(friend.last_message_at, one.occurred_at)
    db.session.flush()
    announce_all(_received(account_id, one, friend) for one, friend in received)


def record_edit(account_id: int, edit: Written) -> None:
    """Give the message its new words on the timeline, unless a newer edit or an unsend came before.

    Announces FriendMessageEdited.
    """
    line = _line(account_id, edit.message_id)
    if line is None:
        friend = find_writer(account_id, edit.line_user_id, edit.group_id)
        is_news = friend is not None and record_activity(friend, "message", data=_edited(edit), **edit.origin)
    else:
        friend = find_friend(account_id, edit.line_user_id)
        is_news = not (line.data.get("unsent") or edit.message.get("unsent")) and _is_newer(edit, line)
        if is_news:
            line.data = _edited(edit) | ({"is_standby": True} if line.data.get("is_standby") else {})
    if friend is None or not is_news:
        return
    db.session.flush()
    about: dict[str, Any] = {"message": edit.message, "group_id": edit.group_id, "reply_token": edit.reply_token}
    announce(events.FriendMessageEdited(account_id=account_id, friend_id=friend.id, **edit.origin, **about))


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
    elif line_user_id and (friend := find_friend(account_id, line_user_id)) is not None:
        placeholder = {"message_id": message_id, **UNSENT}
        record_activity(friend, "message", data=placeholder, **origin)


def _received(account_id: int, one: Written, friend: Friend) -> events.FriendMessageReceived:
    return events.FriendMessageReceived(
        account_id=account_id,
        friend_id=friend.id,
        **one.origin,
        message=one.message,
        group_id=one.group_id,
        reply_token=one.reply_token,
    )


def _edited(edit: Written) -> dict[str, Any]:
    return {**kept(edit.message, edit.group_id), EDITED_AT: edit.occurred_at.isoformat()}


def _is_newer(edit: Written, line: Activity) -> bool:
    before = line.data.get(EDITED_AT)
    return before is None or datetime.fromisoformat(before) < edit.occurred_at


def _early_lines(account_id: int, message_ids: Sequence[str]) -> Mapping[str, Activity]:
    """Return by message the lines that were taken back or edited, some of them before their message came."""
    query = select(Activity).where(
        Activity.account_id == account_id,
        Activity.kind == "message",
        _message_id.in_([one for one in message_ids if one]),
        or_(Activity.data.contains(UNSENT), Activity.data.has_key(EDITED_AT)),
    )
    return {line.data["message_id"]: line for line in db.session.scalars(query)}


def _take_over(one: Written, line: Activity) -> bool:
    """Give the line the time at which its message was written; returns whether the message comes after its edit."""
    line.occurred_at = min(line.occurred_at, one.occurred_at)
    if line.data.get("unsent") or line.webhook_event_id == one.webhook_event_id:
        return False
    line.webhook_event_id = one.webhook_event_id
    return True


def _forget_content(account_id: int, message_id: str) -> int | None:
    return db.session.scalar(
        update(Activity)
        .where(Activity.account_id == account_id, Activity.kind == "message", _message_id == message_id)
        .values(data={"message_id": message_id, **UNSENT})
        .returning(Activity.friend_id)
    )


def _line(account_id: int, message_id: str) -> Activity | None:
    mine = select(Activity).where(
        Activity.account_id == account_id, Activity.kind == "message", _message_id == message_id
    )
    return db.session.scalars(mine.order_by(Activity.id)).first()

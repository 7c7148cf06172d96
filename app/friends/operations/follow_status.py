"""Store follow status. LINE's events may come late, twice or out of order: the newest by LINE's clock decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, literal, update

from app.core.db import db
from app.core.events import announce, announce_all
from app.friends.events import FriendAdded, FriendBlocked, FriendUnblocked
from app.friends.models import FollowStatus, Friend
from app.friends.operations.activity import (
    ActivityRecord,
    event_fields,
    is_recorded,
    record_activities,
    record_activity,
    recorded_events,
)
from app.friends.operations.friends import PROFILES, later, meet, meet_people, wake_profiles


@dataclass(frozen=True)
class Followed:
    """A person added the account or, with `is_unblocked`, took back a block."""

    line_user_id: str
    occurred_at: datetime
    is_unblocked: bool = False
    webhook_event_id: int | None = None
    reply_token: str | None = None
    is_standby: bool = False

    @property
    def origin(self) -> dict[str, Any]:
        """Return when and by which stored event it happened."""
        return event_fields(self.occurred_at, self.webhook_event_id, self.is_standby)


def record_follow(account_id: int, line_user_id: str, occurred_at: datetime, **more: Any) -> Friend:
    """Record one follow as `record_follows` does; `more` are further fields of `Followed`."""
    return record_follows(account_id, [Followed(line_user_id, occurred_at, **more)])[line_user_id]


def record_follows(account_id: int, batch: Sequence[Followed]) -> dict[str, Friend]:
    """Record follows in the order in which they happened, unless a newer event says otherwise; returns the friends.

    Their profiles become due. Announces FriendAdded or FriendUnblocked for each, once, and only when it is still true.
    """
    people = meet_people(account_id, {one.line_user_id for one in batch})
    known = recorded_events([one.webhook_event_id for one in batch if one.webhook_event_id is not None])
    lines: list[ActivityRecord] = []
    news: list[FriendAdded | FriendUnblocked] = []
    for one in batch:
        if one.webhook_event_id in known:
            continue
        friend = people[one.line_user_id]
        is_news = _is_news(friend, one.occurred_at)
        is_back = one.is_unblocked or (is_news and friend.follow_status == FollowStatus.BLOCKED)
        _note_added(friend, one.occurred_at, is_back)
        lines.append(ActivityRecord(friend, "unblocked" if is_back else "followed", {}, **one.origin))
        if is_news:
            friend.follow_status, friend.status_changed_at = FollowStatus.FOLLOWING, one.occurred_at
            kind = FriendUnblocked if is_back else FriendAdded
            about: dict[str, Any] = {"account_id": account_id, "friend_id": friend.id, "reply_token": one.reply_token}
            news.append(kind(**about, **one.origin))
    record_activities(lines)
    db.session.flush()
    _order_profiles(account_id, {one.friend_id for one in news})
    announce_all(news)
    return people


def _order_profiles(account_id: int, friend_ids: Collection[int]) -> None:
    if friend_ids:
        mine = Friend.id == any_(literal(sorted(friend_ids), ARRAY(BigInteger)))
        db.session.execute(update(Friend).where(mine).values(**PROFILES.ordered()))
        wake_profiles(account_id)


def record_unfollow(
    account_id: int,
    line_user_id: str,
    occurred_at: datetime,
    *,
    webhook_event_id: int | None = None,
    is_standby: bool = False,
) -> Friend:
    """Record a block. Unknown people are stored too, so that an import running now cannot revive them.

    Announces FriendBlocked, once, and only when it is still true.
    """
    origin = event_fields(occurred_at, webhook_event_id, is_standby)
    friend = meet(account_id, line_user_id, follow_status=FollowStatus.BLOCKED)
    if is_recorded(webhook_event_id):
        return friend
    is_news = _is_news(friend, occurred_at)
    friend.blocked_at = later(friend.blocked_at, occurred_at)
    if is_news:
        friend.follow_status, friend.status_changed_at = FollowStatus.BLOCKED, occurred_at
        PROFILES.withdraw(friend)
    record_activity(friend, "blocked", **origin)
    db.session.flush()
    if is_news:
        announce(FriendBlocked(account_id=account_id, friend_id=friend.id, **origin))
    return friend


def _is_news(friend: Friend, occurred_at: datetime) -> bool:
    return friend.status_changed_at is None or occurred_at >= friend.status_changed_at


def _note_added(friend: Friend, occurred_at: datetime, is_back: bool) -> None:
    """Set the friend-added date to the first follow seen; that of an imported friend who comes back stays unknown."""
    if is_back:
        friend.unblocked_at = later(friend.unblocked_at, occurred_at)
    if friend.followed_at is None and is_back and friend.origin == "import":
        return
    friend.followed_at = min(friend.followed_at or occurred_at, occurred_at)

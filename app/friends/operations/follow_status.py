"""Store follow status. LINE's events may come late, twice or out of order: the newest by LINE's clock decides."""

from __future__ import annotations

from datetime import datetime

from app.core.db import db
from app.core.events import announce
from app.friends.events import FriendAdded, FriendBlocked, FriendUnblocked
from app.friends.models import FollowStatus, Friend
from app.friends.operations.activity import event_fields, is_recorded, record_activity
from app.friends.operations.friends import PROFILES, later, meet, wake_profiles


def record_follow(
    account_id: int,
    line_user_id: str,
    occurred_at: datetime,
    *,
    is_unblocked: bool = False,
    webhook_event_id: int | None = None,
    reply_token: str | None = None,
    is_standby: bool = False,
) -> Friend:
    """Record that a person added the account or took back a block, unless a newer event says otherwise.

    Their profile becomes due. Announces FriendAdded or FriendUnblocked, once, and only when it is still true.
    """
    origin = event_fields(occurred_at, webhook_event_id, is_standby)
    friend = meet(account_id, line_user_id, follow_status=FollowStatus.FOLLOWING, followed_at=occurred_at)
    if is_recorded(webhook_event_id):
        return friend
    is_news = _is_news(friend, occurred_at)
    is_back = is_unblocked or (is_news and friend.follow_status == FollowStatus.BLOCKED)
    _note_added(friend, occurred_at, is_back)
    if is_news:
        friend.follow_status, friend.status_changed_at = FollowStatus.FOLLOWING, occurred_at
        PROFILES.order(friend)
        wake_profiles(account_id)
    record_activity(friend, "unblocked" if is_back else "followed", **origin)
    db.session.flush()
    if is_news:
        kind = FriendUnblocked if is_back else FriendAdded
        announce(kind(account_id=account_id, friend_id=friend.id, **origin, reply_token=reply_token))
    return friend


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

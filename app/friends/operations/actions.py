"""Record taps, watched videos and linked accounts of friends, once, and announce them to upper layers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.core.db import db
from app.core.events import announce
from app.friends.events import FriendAccountLinked, FriendPostbackReceived, FriendVideoWatched
from app.friends.operations.activity import event_fields, record_activity
from app.friends.operations.friends import find_writer

# What the announcement of an action says beside the action: account, friend, time and origin.
About = dict[str, Any]


def record_postback(
    account_id: int,
    line_user_id: str,
    data: str,
    occurred_at: datetime,
    *,
    params: Mapping[str, Any] | None = None,
    label: str = "",
    group_id: str | None = None,
    reply_token: str | None = None,
    webhook_event_id: int | None = None,
    is_standby: bool = False,
) -> None:
    """Record the tap of a button with its `data` and the `params` of a picker. Announces FriendPostbackReceived.

    `label` is what stands on the button, for those who know, since LINE does not tell.
    """
    tapped: dict[str, Any] = {"data": data, "params": dict(params or {})}
    beside = {"label": label, "group_id": group_id}
    kept = {**tapped, **{name: value for name, value in beside.items() if value}}
    origin = event_fields(occurred_at, webhook_event_id, is_standby)
    about = _store(account_id, line_user_id, "postback", kept, origin, group_id)
    if about:
        announce(FriendPostbackReceived(**about, **tapped, group_id=group_id, reply_token=reply_token))


def record_video_watched(
    account_id: int,
    line_user_id: str,
    tracking_id: str,
    occurred_at: datetime,
    *,
    reply_token: str | None = None,
    webhook_event_id: int | None = None,
    is_standby: bool = False,
) -> None:
    """Record that a video was watched to its end. Announces FriendVideoWatched."""
    origin = event_fields(occurred_at, webhook_event_id, is_standby)
    about = _store(account_id, line_user_id, "video_watched", {"tracking_id": tracking_id}, origin)
    if about:
        announce(FriendVideoWatched(**about, tracking_id=tracking_id, reply_token=reply_token))


def record_account_linked(
    account_id: int,
    line_user_id: str,
    nonce: str,
    occurred_at: datetime,
    *,
    webhook_event_id: int | None = None,
    is_standby: bool = False,
) -> None:
    """Record that the chat was tied to an account elsewhere; the nonce is not kept. Announces FriendAccountLinked."""
    origin = event_fields(occurred_at, webhook_event_id, is_standby)
    about = _store(account_id, line_user_id, "account_linked", {}, origin)
    if about:
        announce(FriendAccountLinked(**about, nonce=nonce))


def _store(
    account_id: int,
    line_user_id: str,
    kind: str,
    data: dict[str, Any],
    origin: dict[str, Any],
    group_id: str | None = None,
) -> About | None:
    """Add the line to the timeline; None when it is there already or a stranger did this in a group."""
    friend = find_writer(account_id, line_user_id, group_id)
    if friend is None or not record_activity(friend, kind, data=data, **origin):
        return None
    db.session.flush()
    return {"account_id": account_id, "friend_id": friend.id, **origin}

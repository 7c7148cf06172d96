"""What friends do when LINE says something: each handler hands one event to one operation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from app.core.events import announce, listen
from app.friends import events
from app.friends.models import Friend
from app.friends.operations.conversation import record_action, record_message, record_unsend
from app.friends.operations.follow_status import record_follow, record_unfollow
from app.line import events as line


class _Said(Protocol):
    """What all of LINE's events have."""

    @property
    def account_id(self) -> int: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def webhook_event_id(self) -> int: ...


def _when(said: _Said) -> dict[str, Any]:
    return {"occurred_at": said.occurred_at, "webhook_event_id": said.webhook_event_id}


def _about(said: _Said, friend: Friend) -> dict[str, Any]:
    return {"account_id": said.account_id, "friend_id": friend.id, **_when(said)}


@listen(line.UserFollowed)
def on_follow(batch: Sequence[line.UserFollowed]) -> None:
    for said in batch:
        record_follow(
            said.account_id,
            said.line_user_id,
            **_when(said),
            is_unblocked=said.is_unblocked,
            reply_token=said.reply_token,
        )


@listen(line.UserUnfollowed)
def on_unfollow(batch: Sequence[line.UserUnfollowed]) -> None:
    for said in batch:
        record_unfollow(said.account_id, said.line_user_id, **_when(said))


@listen(line.MessageReceived)
def on_message(batch: Sequence[line.MessageReceived]) -> None:
    for said in batch:
        record_message(
            said.account_id,
            said.line_user_id,
            said.message,
            **_when(said),
            group_id=said.group_id,
            reply_token=said.reply_token,
        )


@listen(line.MessageUnsent)
def on_unsend(batch: Sequence[line.MessageUnsent]) -> None:
    for said in batch:
        record_unsend(said.account_id, said.line_user_id, said.message_id, **_when(said))


@listen(line.PostbackReceived)
def on_postback(batch: Sequence[line.PostbackReceived]) -> None:
    for said in batch:
        data = {"data": said.data, "params": said.params, **({"group_id": said.group_id} if said.group_id else {})}
        friend = record_action(said.account_id, said.line_user_id, "postback", data, **_when(said))
        if friend is not None:
            announce(
                events.FriendPostbackReceived(
                    **_about(said, friend),
                    data=said.data,
                    params=said.params,
                    group_id=said.group_id,
                    reply_token=said.reply_token,
                )
            )


@listen(line.VideoWatched)
def on_video_watched(batch: Sequence[line.VideoWatched]) -> None:
    for said in batch:
        data = {"tracking_id": said.tracking_id}
        friend = record_action(said.account_id, said.line_user_id, "video_watched", data, **_when(said))
        if friend is not None:
            about = _about(said, friend)
            announce(events.FriendVideoWatched(**about, tracking_id=said.tracking_id, reply_token=said.reply_token))


@listen(line.AccountLinked)
def on_account_linked(batch: Sequence[line.AccountLinked]) -> None:
    """Ignore a failed link: it names no friend."""
    for said in batch:
        if said.line_user_id is None or said.result != "ok":
            continue
        friend = record_action(said.account_id, said.line_user_id, "account_linked", {}, **_when(said))
        if friend is not None:
            announce(events.FriendAccountLinked(**_about(said, friend), nonce=said.nonce))

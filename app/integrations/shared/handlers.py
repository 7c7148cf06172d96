"""What happens to friends makes their links due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.events import listen
from app.friends import events as friends
from app.integrations.shared import creating, marking, marking_runs
from app.messages.broadcasts.events import BroadcastEnded
from app.messages.tracking.events import FetchesCounted


def on_friends(batch: Sequence[Any]) -> None:
    marking.mark_friends({said.friend_id for said in batch})


def on_many(batch: Sequence[Any]) -> None:
    marking.mark_friends({friend_id for said in batch for friend_id in said.friend_ids})


@listen(friends.AttributesChanged)
def on_attributes(batch: Sequence[friends.AttributesChanged]) -> None:
    for said in batch:
        marking.mark_changed(said.friend_ids, said.names)


def on_tag(batch: Sequence[Any]) -> None:
    for said in batch:
        marking_runs.mark_tag_holders(said.account_id, said.tag_id)


@listen(FetchesCounted)
def on_fetches(batch: Sequence[FetchesCounted]) -> None:
    marking.mark_friends({friend_id for said in batch for friend_id in said.friend_ids})


@listen(BroadcastEnded)
def on_broadcast(batch: Sequence[BroadcastEnded]) -> None:
    for said in batch:
        marking_runs.mark_audience_later(said.broadcast_id)


def on_new_friends(batch: Sequence[Any]) -> None:
    creating.order_records({said.friend_id for said in batch})


for _new in (friends.FriendAdded, friends.FriendUnblocked):
    listen(_new)(on_new_friends)
for _kind in (friends.FriendAdded, friends.FriendUnblocked, friends.FriendBlocked, friends.FriendVideoWatched):
    listen(_kind)(on_friends)
for _changed in (friends.ProfilesChanged, friends.TagAdded, friends.TagRemoved):
    listen(_changed)(on_many)
for _tag in (friends.TagRenamed, friends.TagDeleted):
    listen(_tag)(on_tag)

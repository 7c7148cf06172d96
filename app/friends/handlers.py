"""Give each of LINE's events about friends to the operation that records it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol

from app.core.events import listen
from app.friends.operations.actions import record_account_linked, record_postback, record_video_watched
from app.friends.operations.conversation import Written, record_edit, record_messages, record_unsend
from app.friends.operations.follow_status import Followed, record_follows, record_unfollow
from app.friends.operations.friends import hold_people
from app.line import events as line


class _Said(Protocol):
    """Fields that all of LINE's events have."""

    @property
    def account_id(self) -> int: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def webhook_event_id(self) -> int: ...
    @property
    def is_standby(self) -> bool: ...


def _origin(said: _Said) -> dict[str, Any]:
    return {
        "occurred_at": said.occurred_at,
        "webhook_event_id": said.webhook_event_id,
        "is_standby": said.is_standby,
    }


def _written(said: line.MessageReceived) -> Written:
    return Written(
        said.line_user_id, said.message, **_origin(said), group_id=said.group_id, reply_token=said.reply_token
    )


def _followed(said: line.UserFollowed) -> Followed:
    return Followed(said.line_user_id, **_origin(said), is_unblocked=said.is_unblocked, reply_token=said.reply_token)


# Of a person who is not known, these make a friend or a stranger, except where they happen in a group.
_MAKE_KNOWN = (
    line.UserFollowed,
    line.UserUnfollowed,
    line.MessageReceived,
    line.PostbackReceived,
    line.VideoWatched,
    line.AccountLinked,
)


def _makes_known(said: object) -> bool:
    is_group, is_failed = bool(getattr(said, "group_id", None)), getattr(said, "result", "ok") != "ok"
    return isinstance(said, _MAKE_KNOWN) and not is_group and not is_failed


@listen(line.EventsClaimed)
def on_claim(batch: Sequence[line.EventsClaimed]) -> None:
    """Lock everyone whom the events are about, before the first of them is recorded."""
    people: defaultdict[int, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    facts: list[Any] = [said for claimed in batch for said in claimed.events]
    for said in facts:
        if user_id := getattr(said, "line_user_id", None):
            writers, others = people[said.account_id]
            (writers if _makes_known(said) else others).add(user_id)
    for account_id, (writers, others) in sorted(people.items()):
        hold_people(account_id, writers, others)


@listen(line.UserFollowed)
def on_follow(batch: Sequence[line.UserFollowed]) -> None:
    for account_id, of_account in groupby(batch, key=lambda said: said.account_id):
        record_follows(account_id, [_followed(said) for said in of_account])


@listen(line.UserUnfollowed)
def on_unfollow(batch: Sequence[line.UserUnfollowed]) -> None:
    for said in batch:
        record_unfollow(said.account_id, said.line_user_id, **_origin(said))


@listen(line.MessageReceived)
def on_message(batch: Sequence[line.MessageReceived]) -> None:
    for account_id, of_account in groupby(batch, key=lambda said: said.account_id):
        record_messages(account_id, [_written(said) for said in of_account])


@listen(line.MessageEdited)
def on_edit(batch: Sequence[line.MessageEdited]) -> None:
    for said in batch:
        record_edit(said.account_id, _written(said))


@listen(line.MessageUnsent)
def on_unsend(batch: Sequence[line.MessageUnsent]) -> None:
    for said in batch:
        record_unsend(said.account_id, said.line_user_id, said.message_id, **_origin(said))


@listen(line.PostbackReceived)
def on_postback(batch: Sequence[line.PostbackReceived]) -> None:
    for said in batch:
        record_postback(
            said.account_id,
            said.line_user_id,
            said.data,
            **_origin(said),
            params=said.params,
            group_id=said.group_id,
            reply_token=said.reply_token,
        )


@listen(line.VideoWatched)
def on_video_watched(batch: Sequence[line.VideoWatched]) -> None:
    for said in batch:
        record_video_watched(
            said.account_id, said.line_user_id, said.tracking_id, **_origin(said), reply_token=said.reply_token
        )


@listen(line.AccountLinked)
def on_account_linked(batch: Sequence[line.AccountLinked]) -> None:
    """Ignore a failed link: it names no friend."""
    for said in batch:
        if said.line_user_id is not None and said.result == "ok":
            record_account_linked(said.account_id, said.line_user_id, said.nonce, **_origin(said))

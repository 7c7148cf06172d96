"""Keep the reply tokens that events bring, and find codes of test recipients among what friends write.

Lines of opened messages and links say what a single send was caused by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from app.core.events import listen
from app.friends.events import FriendMessageReceived
from app.line import events as line
from app.messages.sending.causes import TITLES, CauseKind
from app.messages.sending.reply_tokens import GivenToken, keep_tokens
from app.messages.sending.testers import redeem_code
from app.messages.tracking.sources import SOURCES, SendSource

_TokenEvent = line.MessageReceived | line.PostbackReceived | line.UserFollowed | line.GroupMembersJoined


def _keep(batch: Sequence[_TokenEvent], chat_of: Callable[[Any], str]) -> None:
    """Keep the tokens of these events, each with the chat that it answers to."""
    keep_tokens(
        [
            GivenToken(said.account_id, chat_of(said), said.reply_token, said.occurred_at)
            for said in batch
            if said.reply_token and not said.is_standby
        ]
    )


@listen(line.MessageReceived)
def on_message(batch: Sequence[line.MessageReceived]) -> None:
    _keep(batch, lambda said: said.group_id or said.line_user_id)


@listen(line.PostbackReceived)
def on_postback(batch: Sequence[line.PostbackReceived]) -> None:
    _keep(batch, lambda said: said.group_id or said.line_user_id)


@listen(line.UserFollowed)
def on_follow(batch: Sequence[line.UserFollowed]) -> None:
    """Keep tokens of follows; a video's is left, since its event does not say whether it was watched in a group."""
    _keep(batch, lambda said: said.line_user_id)


@listen(line.GroupMembersJoined)
def on_members_joined(batch: Sequence[line.GroupMembersJoined]) -> None:
    _keep(batch, lambda said: said.group_id)


@listen(FriendMessageReceived)
def on_friend_message(batch: Sequence[FriendMessageReceived]) -> None:
    for said in batch:
        if said.group_id is None:
            redeem_code(said.account_id, said.friend_id, said.message.get("text"))


def source_of(kind: CauseKind, _reference: str) -> SendSource:
    """Return what a single send was caused by, in a word."""
    return SendSource(TITLES[kind])


# Workflows say which of them it was.
SOURCES.add_all({kind.value: partial(source_of, kind) for kind in CauseKind if kind is not CauseKind.WORKFLOW})

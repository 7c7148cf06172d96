"""Keep the reply tokens that events bring, and find codes of test recipients among what friends write."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.events import listen
from app.friends.events import FriendMessageReceived
from app.line import events as line
from app.messages.sending.reply_tokens import GivenToken, keep_tokens
from app.messages.sending.testers import redeem_code


def _tokens(batch: Sequence[line.MessageReceived | line.PostbackReceived]) -> list[GivenToken]:
    return [
        GivenToken(said.account_id, said.group_id or said.line_user_id, said.reply_token, said.occurred_at)
        for said in batch
        if said.reply_token and not said.is_standby
    ]


@listen(line.MessageReceived)
def on_message(batch: Sequence[line.MessageReceived]) -> None:
    keep_tokens(_tokens(batch))


@listen(line.PostbackReceived)
def on_postback(batch: Sequence[line.PostbackReceived]) -> None:
    keep_tokens(_tokens(batch))


@listen(line.UserFollowed)
def on_follow(batch: Sequence[line.UserFollowed]) -> None:
    """Keep tokens of follows; a video's is left, since its event does not say whether it was watched in a group."""
    keep_tokens(
        [
            GivenToken(said.account_id, said.line_user_id, said.reply_token, said.occurred_at)
            for said in batch
            if said.reply_token and not said.is_standby
        ]
    )


@listen(line.GroupMembersJoined)
def on_members_joined(batch: Sequence[line.GroupMembersJoined]) -> None:
    keep_tokens(
        [
            GivenToken(said.account_id, said.group_id, said.reply_token, said.occurred_at)
            for said in batch
            if said.reply_token and not said.is_standby
        ]
    )


@listen(FriendMessageReceived)
def on_friend_message(batch: Sequence[FriendMessageReceived]) -> None:
    for said in batch:
        if said.group_id is None:
            redeem_code(said.account_id, said.friend_id, said.message.get("text"))

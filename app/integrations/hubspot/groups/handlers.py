"""Who writes in a group belongs to its company."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.events import listen
from app.integrations.hubspot.groups.ordering import compare_all, order_acted
from app.line.events import GroupJoined, GroupLeft, MessageReceived


@listen(MessageReceived)
def on_message(batch: Sequence[MessageReceived]) -> None:
    order_acted(
        {(one.account_id, one.group_id, one.line_user_id) for one in batch if one.group_id and one.line_user_id}
    )


@listen(GroupJoined)
def on_join(batch: Sequence[GroupJoined]) -> None:
    compare_all()


@listen(GroupLeft)
def on_leave(batch: Sequence[GroupLeft]) -> None:
    compare_all()

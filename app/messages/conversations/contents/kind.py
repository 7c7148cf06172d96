"""Contents as rows that wait for their time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.core import queue
from app.core.due.backoff import Backoff
from app.core.due.registry import DueKind, register
from app.line.models import Account, AccountState
from app.messages.conversations.contents.models import ContentState, MessageContent

LONGEST = timedelta(minutes=10)


def _connected() -> tuple[object, ...]:
    connected = select(Account.id).where(Account.state == AccountState.CONNECTED)
    return (MessageContent.account_id.in_(connected),)


# LINE deletes what people send after a time that it does not tell, so it is asked often, and for about four days.
CONTENTS = register(
    DueKind(
        "messages.contents",
        MessageContent,
        wake=lambda content_id: queue.wake("messages.conversations.contents.fetch", content_id),
        keys=(MessageContent.id,),
        narrow=_connected,  # type: ignore[arg-type]
        columns=(MessageContent.account_id, MessageContent.message_id, MessageContent.line_message_id),
        given_up={"state": ContentState.FAILED},
        backoff=Backoff(first=timedelta(seconds=5), longest=LONGEST, most=600),
        # One download each, for which the lease is prolonged as long as bytes come.
        batch=1,
        longest_wait=LONGEST,
    )
)

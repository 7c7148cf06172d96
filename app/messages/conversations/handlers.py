"""Record LINE's messages as they are announced."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.events import listen
from app.line.events import MessageEdited, MessageReceived, MessageUnsent
from app.messages.conversations.incoming import forget_unsent, record_received


@listen(MessageReceived)
def on_message(batch: Sequence[MessageReceived]) -> None:
    record_received(batch)


@listen(MessageEdited)
def on_edit(batch: Sequence[MessageEdited]) -> None:
    record_received(batch)


@listen(MessageUnsent)
def on_unsend(batch: Sequence[MessageUnsent]) -> None:
    for said in batch:
        forget_unsent(said)

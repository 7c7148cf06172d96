"""What HubSpot's inbox has to know of what happens elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.events import listen
from app.integrations.hubspot.inbox import answering, looking, recording
from app.line.events import AccountDisconnected, MessageReceived, MessageUnsent
from app.messages.broadcasts.events import BroadcastEnded
from app.messages.sending.events import SendsSettled


@listen(MessageReceived)
def on_message(batch: Sequence[MessageReceived]) -> None:
    recording.record_received(batch)


@listen(MessageUnsent)
def on_unsend(batch: Sequence[MessageUnsent]) -> None:
    for said in batch:
        recording.record_unsent(said)


@listen(SendsSettled)
def on_settled(batch: Sequence[SendsSettled]) -> None:
    """Publish what LINE has taken, and tell HubSpot what came of what it has sent."""
    sends = [one for told in batch for one in told.sends]
    recording.record_sent(sends)
    answering.note_settled(sends)


@listen(BroadcastEnded)
def on_broadcast(batch: Sequence[BroadcastEnded]) -> None:
    for said in batch:
        if recording.is_any_connected({said.account_id}):
            recording.record_broadcast(said.account_id, said.broadcast_id)


@listen(AccountDisconnected)
def on_disconnected(_batch: Sequence[AccountDisconnected]) -> None:
    """Let HubSpot know that nothing can be sent any more."""
    looking.order_unlike()

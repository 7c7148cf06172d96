"""What HubSpot has to know of what happens elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.events import listen
from app.integrations.hubspot.executions.performing import note_settled
from app.integrations.hubspot.steps.list_trigger import tell_members
from app.integrations.hubspot.steps.value_trigger import tell_values
from app.integrations.shared.events import ListMembersChanged, RemoteValuesChanged
from app.messages.sending.events import SendsSettled


@listen(SendsSettled)
def on_settled(batch: Sequence[SendsSettled]) -> None:
    """Let workers tell what came of messages that workflows of HubSpot asked for."""
    note_settled(one for told in batch for one in told.sends)


@listen(RemoteValuesChanged)
def on_values(batch: Sequence[RemoteValuesChanged]) -> None:
    tell_values(batch)


@listen(ListMembersChanged)
def on_members(batch: Sequence[ListMembersChanged]) -> None:
    tell_members(batch)

"""Actors of HubSpot."""

from __future__ import annotations

from app.core.queue import Queue, actor
from app.integrations.hubspot import journal, looking, registering
from app.integrations.hubspot.changing import run as changing
from app.integrations.hubspot.executions import performing, pruning
from app.integrations.hubspot.opening import open_portal
from app.integrations.hubspot.webhooks.applying import apply_due
from app.integrations.hubspot.writing import run as writing
from app.integrations.shared import told


@actor(Queue.BULK)
def write(integration_id: int) -> None:
    writing.write_due(integration_id, open_portal)


@actor(Queue.BULK)
def change(integration_id: int) -> None:
    changing.make_due(integration_id, open_portal)


@actor(Queue.SENDING)
def perform() -> None:
    performing.perform_due()


@actor(Queue.BULK)
def register() -> None:
    registering.register_quietly()


@actor()
def apply_told(integration_id: int) -> None:
    apply_due(integration_id)


@actor()
def look() -> None:
    looking.look_at_all()


@actor()
def read_journal() -> None:
    journal.read_journal()


@actor()
def prune() -> None:
    pruning.prune()
    changing.prune()


@actor()
def prune_told() -> None:
    told.prune()

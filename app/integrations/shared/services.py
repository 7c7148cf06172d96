"""Registry of services that can be connected; each is a card on the page of integrations."""

from __future__ import annotations

from dataclasses import dataclass

from app.core import queue
from app.core.clock import database_now
from app.core.db import db
from app.core.i18n import Text
from app.core.registry import Registry
from app.friends import linked_services
from app.integrations.shared.models import Integration


@dataclass(frozen=True)
class Service:
    """A service: `key` is what rows hold, `name` its own spelling.

    `begin` is the endpoint on which a member begins to connect; `open` that of one connection, `settings` that of its
    settings, both with a `connection_id`.
    """

    key: str
    name: str
    icon: str
    # What it is good for, in a sentence or two.
    summary: Text
    begin: str
    open: str
    settings: str
    # The actor that is woken when other fields are mapped.
    on_mappings: str
    # The actor that starts the syncs whose time has come.
    on_due: str


SERVICES: Registry[Service] = Registry("service of integrations")


def sync_soon(integration: Integration) -> None:
    """Let a connected account sync at once, after the caller's transaction."""
    if integration.is_connected:
        integration.next_sync_at = database_now()
        queue.after_commit(db.session, SERVICES[integration.service].on_due)


def register(service: Service) -> None:
    """Offer a service; friends can be linked with its records from now on."""
    SERVICES.add(service.key, service)
    linked_services.register(service.key, service.name)

"""Registry of services that can be connected; each is a card on the page of integrations."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.i18n import Text
from app.core.registry import Registry
from app.friends import linked_services


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


SERVICES: Registry[Service] = Registry("service of integrations")


def register(service: Service) -> None:
    """Offer a service; friends can be linked with its records from now on."""
    SERVICES.add(service.key, service)
    linked_services.register(service.key, service.name)

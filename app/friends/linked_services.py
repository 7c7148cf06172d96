"""Registry of services that friends may be linked with; the friends list shows them by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.registry import Registry

SERVICES: Registry[str] = Registry("linked service")


def register(key: str, name: str) -> None:
    """Register a service: `key` is its name inside `Friend.links`, `name` its name on pages."""
    SERVICES.add(key, name)


def has_services() -> bool:
    """Return whether there is any service to be linked with; until then pages leave it out."""
    return bool(SERVICES)


def linked_services(links: Mapping[str, Any]) -> list[str]:
    """Return the names of the services in a friend's links."""
    return [name for key, name in SERVICES.items() if links.get(key)]

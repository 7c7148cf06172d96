"""Services that friends may be linked with: integrations register theirs, and the friends list names those that fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.registry import Registry

SERVICES: Registry[str] = Registry("linked service")


def register(key: str, name: str) -> None:
    """Offer a service: `key` is its name inside `Friend.links`, `name` what people call it."""
    SERVICES.add(key, name)


def linked_services(links: Mapping[str, Any]) -> list[str]:
    """What people call the services that know a friend with these links."""
    return [name for key, name in SERVICES.items() if links.get(key)]

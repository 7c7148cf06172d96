"""What is synced with every portal from the beginning: first name and last name."""

from __future__ import annotations

from collections.abc import Iterable

from app.integrations.shared.mappings import RemoteField, add_defaults
from app.integrations.shared.models import FieldMapping, Integration

DEFAULTS = (
    (RemoteField("firstname", "First Name", "string", "text"), "first_name"),
    (RemoteField("lastname", "Last Name", "string", "text"), "last_name"),
)


def add_default_mappings(integration: Integration) -> None:
    """Store the basic fields of a portal that was just connected; on a reconnection nothing changes."""
    add_defaults(integration, DEFAULTS)


def basic_first(mappings: Iterable[FieldMapping]) -> list[FieldMapping]:
    """Return mapped fields as people read them: first name, last name, and then the others in their order."""
    rank = {remote.name: place for place, (remote, _field) in enumerate(DEFAULTS)}
    return sorted(mappings, key=lambda one: rank.get(one.remote_name, len(rank)))

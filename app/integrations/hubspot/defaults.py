"""What is synced with every portal from the beginning: first name and last name."""

from __future__ import annotations

from app.integrations.shared.mappings import RemoteField, add_defaults
from app.integrations.shared.models import Integration

DEFAULTS = (
    (RemoteField("lastname", "Last Name", "string", "text"), "last_name"),
    (RemoteField("firstname", "First Name", "string", "text"), "first_name"),
)


def add_default_mappings(integration: Integration) -> None:
    """Store the basic fields of a portal that was just connected; on a reconnection nothing changes."""
    add_defaults(integration, DEFAULTS)

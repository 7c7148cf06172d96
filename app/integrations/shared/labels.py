"""Labels of the states of integrations, one place for all screens."""

from __future__ import annotations

from app.core.i18n import Text, _l
from app.integrations.shared.models import IntegrationState

# %(service)s is the name of the service.
INTEGRATION_STATES: dict[str, tuple[Text, str]] = {
    IntegrationState.PENDING: (_l("Not finished"), "yellow"),
    IntegrationState.CONNECTED: (_l("Connected"), "green"),
    IntegrationState.RECONNECT_NEEDED: (_l("Reconnect needed"), "red"),
    IntegrationState.UNINSTALLED: (_l("Disconnected at %(service)s"), "red"),
    IntegrationState.DISCONNECTED: (_l("Disconnected"), "secondary"),
}


def state_label(state: str, service: str) -> tuple[str, str]:
    """Return the name of a state for an account of this service, and its colour."""
    label, colour = INTEGRATION_STATES[state]
    return str(label) % {"service": service}, colour

"""What Tomoru writes to a service for an account, as `IntegrationAccount.properties` keeps it."""

from __future__ import annotations

from app.integrations.shared.queries import accounts_of


def forget_problems(integration_id: int) -> None:
    """Forget what was wrong with properties at the service: it is found out again when they are next written."""
    for covered, _account in accounts_of(integration_id):
        covered.properties = {
            key: {name: value for name, value in entry.items() if name == "is_off" or not entry.get("problem")}
            for key, entry in covered.properties.items()
        }

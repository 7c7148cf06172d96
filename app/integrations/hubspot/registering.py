"""Register the workflow action at HubSpot, with the developer key. It can be done again at any time."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from app.core.db import released
from app.core.errors import PermanentFailure
from app.integrations.hubspot.credentials import HubSpotApp, installed_app
from app.integrations.hubspot.executions.definition import definition
from app.integrations.hubspot.gateway import actions
from app.integrations.hubspot.gateway.actions import ActionDefinition
from app.integrations.hubspot.gateway.developer import DeveloperClient

log = structlog.get_logger(__name__)


def register_app() -> bool:
    """Register the action, or bring it up to date; False where there is no developer key.

    Raises RetryLater, and PermanentFailure for a key that HubSpot refuses.
    """
    app = installed_app()
    if not app.developer_key or not app.app_id:
        return False
    with released():
        _register_action(app, DeveloperClient(app.developer_key))
    return True


def register_quietly() -> None:
    """Register after a portal was connected; what HubSpot refuses is logged, and shown where the app is set up."""
    try:
        register_app()
    except PermanentFailure as error:
        log.warning("hubspot.not_registered", code=error.code)


def _register_action(app: HubSpotApp, client: DeveloperClient) -> None:
    wanted = definition()
    known = next((one for one in _definitions(app, client) if one.action_url == wanted["actionUrl"]), None)
    if known is None:
        client.call(actions.create_definition(app.app_id, wanted))
    elif any(known.body.get(name) != value for name, value in wanted.items()):
        client.call(actions.update_definition(app.app_id, known.id, wanted))


def _definitions(app: HubSpotApp, client: DeveloperClient) -> Iterator[ActionDefinition]:
    after: str | None = None
    while True:
        page = client.call(actions.list_definitions(app.app_id, after))
        yield from page.definitions
        after = page.after
        if after is None:
            return

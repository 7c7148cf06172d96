"""Look at connected accounts: what they are and grant, and, by itself, whether they still have the app.

Where syncs are rare, what ended at HubSpot would be noticed late.
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import update

from app.core.db import db, released
from app.core.errors import PermanentFailure, RetryLater
from app.core.secrets import UnreadableSecret
from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.credentials import HubSpotApp, find_app
from app.integrations.hubspot.gateway import account, oauth
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.shared.connecting import RemoteAccount
from app.integrations.shared.models import Integration, IntegrationState
from app.integrations.shared.working import connected_ids

log = structlog.get_logger(__name__)


def look_at_all() -> None:
    """Ask each connected account what it grants, and commit; one that uninstalled the app is marked as such by that."""
    for integration_id in db.session.scalars(connected_ids(HUBSPOT)).all():
        look_at(integration_id)


def look_at(integration_id: int) -> None:
    """Ask one account, and commit; a loss is noted, and trouble is left to the next look."""
    integration = db.session.get(Integration, integration_id, populate_existing=True)
    if integration is None or not integration.is_connected:
        return
    try:
        look(integration)
    except (RetryLater, PermanentFailure, UnreadableSecret) as error:
        db.session.rollback()
        log.info("hubspot.looked", integration=integration_id, error=getattr(error, "code", type(error).__name__))
    db.session.commit()


def mark_uninstalled(integration_id: int) -> None:
    """Say of an account whose approval is refused that it has uninstalled the app, as its journal told."""
    refused = Integration.state == IntegrationState.RECONNECT_NEEDED, Integration.reason == "hubspot.bad_refresh_token"
    change = update(Integration).where(Integration.id == integration_id, *refused)
    gone = {"state": IntegrationState.UNINSTALLED, "reason": "hubspot.uninstalled"}
    db.session.execute(change.values(**gone).execution_options(synchronize_session="fetch"))


def look(integration: Integration) -> None:
    """Store what HubSpot says of the account and what it grants by now; a loss is noted.

    Raises RetryLater and PermanentFailure.
    """
    app, access = find_app(), access_of(integration)
    if app is None:
        raise PermanentFailure("hubspot.no_app")
    with released():
        remote, granted = described(app, HubSpotClient(access))
    integration.name, integration.scopes = remote.name, list(granted)
    integration.details = {**integration.details, **remote.details}


def described(app: HubSpotApp, client: HubSpotClient) -> tuple[RemoteAccount, tuple[str, ...]]:
    """Read what the account is, and what it grants."""
    # First, since the client renews a token that HubSpot no longer takes.
    found = client.call(account.details())
    info = oauth.introspect(app.credentials, client.access.token())
    details: dict[str, Any] = {
        "time_zone": found.time_zone,
        "account_type": found.account_type,
        "ui_domain": found.ui_domain,
        "user": info.user,
    }
    return RemoteAccount(HUBSPOT, client.access.portal_id, info.hub_domain, details), info.scopes

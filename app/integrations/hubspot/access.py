"""Access to a connected HubSpot account: tokens renewed early by one process at a time, and its loss noted.

All of it happens in short transactions of its own: claim the right to renew, ask HubSpot with no transaction open,
store. The number of the grant decides: what was learned with another grant than the one in the row changes nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from app.core import error_messages
from app.core.clock import database_now, has_lapsed, now
from app.core.db import db
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import _l
from app.core.secrets import UnreadableSecret
from app.integrations.hubspot.credentials import installed_app
from app.integrations.hubspot.gateway import account, oauth
from app.integrations.hubspot.gateway.oauth import Grant
from app.integrations.shared.connecting import IntegrationGrant
from app.integrations.shared.models import Integration, IntegrationState

UNREADABLE = "hubspot.grant_unreadable"
error_messages.register(
    {
        "hubspot.no_app": _l("The app for HubSpot is not set up. An administrator enters it under Integrations."),
        UNREADABLE: _l(
            "The stored approval of HubSpot cannot be read any more, because the key that encrypted it is missing from"
            " ENCRYPTION_KEYS. Put that key back, or reconnect HubSpot."
        ),
    }
)
# Of the Marketplace's limit of calls in ten seconds.
MARKETPLACE_LIMIT = 110
# Below this, a token may run out between our look at it and HubSpot's.
LATEST = timedelta(seconds=5)
CLAIM = timedelta(seconds=60)
PATIENCE_SECONDS = 20.0
_COLUMNS = (
    Integration.id,
    Integration.state,
    Integration.reason,
    Integration.access_token,
    Integration.refresh_token,
    Integration.access_expires_at,
    Integration.renew_from,
    Integration.grant_number,
)
_GONE = {
    IntegrationState.PENDING: "hubspot.disconnected",
    IntegrationState.DISCONNECTED: "hubspot.disconnected",
    IntegrationState.UNINSTALLED: "hubspot.uninstalled",
}


@dataclass
class PortalAccess:
    """The gateway's access to a connected account; it may be used by several threads."""

    integration_id: int
    portal_id: str
    time_zone: str = ""
    per_ten_seconds: int = MARKETPLACE_LIMIT
    # Of the token that was handed out last.
    _grant_number: int | None = field(default=None, repr=False)

    def token(self) -> str:
        """Return a token that is valid for a while; the last fifth of its life is for renewing it."""
        row = _read(self.integration_id)
        is_young = _is_good(row) and (row.renew_from is None or now() < row.renew_from)
        return self._handed(row if is_young else _renewed(row, refused=None))

    def renew(self, refused: str) -> str:
        """Return another token than the one that HubSpot refused."""
        row = _read(self.integration_id)
        is_other = row.access_token != refused and _is_good(row)
        return self._handed(row if is_other else _renewed(row, refused))

    def lost(self, code: str) -> None:
        """Note that HubSpot refuses even a new token, unless there has been another approval since."""
        if self._grant_number is not None:
            _end(self.integration_id, self._grant_number, IntegrationState.UNINSTALLED, code)

    def _handed(self, row: Any) -> str:
        self._grant_number = row.grant_number
        return str(row.access_token)


def access_of(integration: Integration) -> PortalAccess:
    """Return the access to a connected account, for the clients of the gateway."""
    return PortalAccess(integration.id, integration.remote_id, str(integration.details.get("time_zone", "")))


def is_unreadable(integration: Integration) -> bool:
    """Return whether the stored approval was encrypted with a key that is not there, so that no call can be made."""
    stored = select(Integration.access_token, Integration.refresh_token).where(Integration.id == integration.id)
    try:
        db.session.execute(stored).one()
    except UnreadableSecret:
        return True
    return False


def kept_form(grant: Grant) -> IntegrationGrant:
    """Return HubSpot's answer in the form in which it is stored."""
    return IntegrationGrant(grant.access_token, grant.refresh_token, grant.expires_in, grant.scopes)


def _read(integration_id: int) -> Any:
    """Return the row; raises PermanentFailure unless it is connected."""
    try:
        with db.engine.connect() as connection:
            row = connection.execute(select(*_COLUMNS).where(Integration.id == integration_id)).one_or_none()
    except UnreadableSecret as error:
        raise PermanentFailure(UNREADABLE) from error
    if row is None:
        raise PermanentFailure("hubspot.disconnected")
    if row.state != IntegrationState.CONNECTED:
        raise PermanentFailure(_GONE.get(row.state) or row.reason or "hubspot.reconnect_needed")
    return row


def _is_good(row: Any) -> bool:
    return bool(row.access_token) and row.access_expires_at is not None and row.access_expires_at - now() > LATEST


def _renewed(row: Any, refused: str | None) -> Any:
    """Renew, or wait for the process that renews; the old token serves as long as it lasts."""
    until, seen = time.monotonic() + PATIENCE_SECONDS, row.grant_number
    while not _claim(row.id):
        row = _read(row.id)
        if row.access_token != refused and _is_good(row):
            return row
        if time.monotonic() > until:
            raise RetryLater("hubspot.token_busy", after=2)
        time.sleep(0.05)
    try:
        row = _read(row.id)
        # Another process was faster.
        is_new = row.grant_number != seen and row.access_token != refused and _is_good(row)
        return row if is_new else _ask(row, refused)
    finally:
        _write(row.id, row.grant_number, renewal_claimed_until=None)


def _ask(row: Any, refused: str | None) -> Any:
    """Ask HubSpot for the next token and store it; where another grant has come, that one counts."""
    app = installed_app()
    try:
        grant = oauth.refresh(app.credentials, row.refresh_token or "")
    except RetryLater:
        if row.access_token != refused and _is_good(row):
            return row
        raise
    except PermanentFailure as error:
        state, reason = _loss(row, error.code)
        if _end(row.id, row.grant_number, state, reason):
            raise PermanentFailure(reason) from error
        return _read(row.id)
    columns = kept_form(grant).columns() | {"grant_number": row.grant_number + 1, "renewal_claimed_until": None}
    _write(row.id, row.grant_number, **columns)
    return _read(row.id)


def _loss(row: Any, code: str) -> tuple[IntegrationState, str]:
    """Tell an uninstalled app, of which HubSpot knows no token any more, from an approval that was taken back."""
    if code == "hubspot.bad_refresh_token" and row.access_token and not account.knows(row.access_token):
        return IntegrationState.UNINSTALLED, "hubspot.uninstalled"
    return IntegrationState.RECONNECT_NEEDED, code


def _end(integration_id: int, grant_number: int, state: IntegrationState, reason: str) -> bool:
    """Store that nothing is exchanged any more; False where there is another grant by now."""
    return _write(integration_id, grant_number, state=state, reason=reason, next_sync_at=None, disconnected_at=now())


def _claim(integration_id: int) -> bool:
    """Take the right to renew; False while another process has it."""
    free = has_lapsed(Integration.renewal_claimed_until, CLAIM)
    statement = update(Integration).where(Integration.id == integration_id, free)
    with db.engine.begin() as connection:
        return connection.execute(statement.values(renewal_claimed_until=database_now(CLAIM))).rowcount == 1


def _write(integration_id: int, known_grant: int, **values: Any) -> bool:
    """Write as long as the grant is the same: reconnecting and disconnecting give it another number."""
    same = (Integration.id == integration_id, Integration.grant_number == known_grant)
    statement = update(Integration).where(*same, Integration.state == IntegrationState.CONNECTED)
    with db.engine.begin() as connection:
        return connection.execute(statement.values(**values)).rowcount == 1

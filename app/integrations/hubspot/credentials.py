"""The app with which this installation introduces itself to HubSpot: from the settings, else as entered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import queue
from app.core.clock import now
from app.core.config import Config
from app.core.db import db
from app.core.errors import Conflict, PermanentFailure
from app.core.i18n import _l
from app.integrations.hubspot.gateway.oauth import AppCredentials
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.shared.models import IntegrationApp
from app.team import audit
from app.team.actors import ADMINISTRATOR, Actor
from app.team.operation import operation

audit.describe({"integration.app_changed": _l("entered the app for %(target)s")})


@dataclass(frozen=True)
class HubSpotApp:
    """The app at HubSpot. Without the developer key, webhooks and the workflow action are registered by hand."""

    app_id: str
    credentials: AppCredentials
    developer_key: str = field(repr=False, default="")
    is_from_settings: bool = False


class AppSettings:
    """What the settings say of the app, set once by the factory; `redirect_uri` is our address for approvals."""

    def __init__(self) -> None:
        self.app: HubSpotApp | None = None
        self.public_url = ""

    def use(self, config: Config) -> None:
        """Take the app of these settings; an ID or secret alone is none."""
        self.public_url = config.public_url
        credentials = AppCredentials(config.hubspot_client_id, config.hubspot_client_secret)
        is_given = bool(credentials.client_id and credentials.client_secret)
        found = HubSpotApp(config.hubspot_app_id, credentials, config.hubspot_developer_key, is_from_settings=True)
        self.app = found if is_given else None

    @property
    def redirect_uri(self) -> str:
        """The address to which HubSpot sends people back; it is registered letter by letter."""
        return f"{self.public_url}/integrations/hubspot/callback"


settings = AppSettings()


_STORED = select(
    IntegrationApp.app_id, IntegrationApp.client_id, IntegrationApp.client_secret, IntegrationApp.developer_key
).where(IntegrationApp.service == HUBSPOT)


def find_app() -> HubSpotApp | None:
    """Return the app; None where neither the settings nor a member has given one."""
    return settings.app or _of(db.session.execute(_STORED).one_or_none())


def installed_app() -> HubSpotApp:
    """Return the app, read on a connection of its own; raises PermanentFailure `hubspot.no_app` where there is none."""
    if settings.app is not None:
        return settings.app
    with db.engine.connect() as connection:
        found = _of(connection.execute(_STORED).one_or_none())
    if found is None:
        raise PermanentFailure("hubspot.no_app")
    return found


def _of(row: Any) -> HubSpotApp | None:
    if row is None:
        return None
    return HubSpotApp(row.app_id, AppCredentials(row.client_id, row.client_secret), row.developer_key or "")


@operation(ADMINISTRATOR)
def change_app(
    app_id: str, client_id: str, client_secret: str | None, developer_key: str | None, *, actor: Actor
) -> None:
    """Store the app; a secret or key of None keeps the one that is stored."""
    if settings.app is not None:
        raise Conflict(_l("The app is given by the settings of the installation and is changed there."))
    secrets = {"client_secret": client_secret, "developer_key": developer_key}
    values: dict[str, Any] = {
        "app_id": app_id,
        "client_id": client_id,
        "updated_at": now(),
        **{name: value for name, value in secrets.items() if value is not None},
    }
    stored = db.session.get(IntegrationApp, HUBSPOT, with_for_update=True)
    if stored is None:
        db.session.execute(insert(IntegrationApp).values(service=HUBSPOT, **values).on_conflict_do_nothing())
    else:
        for name, value in values.items():
            setattr(stored, name, value)
    audit.record(actor, "integration.app_changed", target_name="HubSpot", app_id=app_id)
    queue.after_commit(db.session, "integrations.hubspot.register")

"""Pages of HubSpot: connecting it, and the screens Dashboard, Sync Data and Settings of each connected account."""

from __future__ import annotations

from app.integrations.hubspot.views import (
    adding,
    app,
    dashboard,
    data,
    friend,
    inbox,
    inbox_connect,
    more_accounts,
    requests,
    settings,
    syncing,
    wizard,
)
from app.integrations.hubspot.views.blueprint import blueprint

# Imported so that they add their routes.
MODULES = (
    adding,
    app,
    dashboard,
    data,
    friend,
    inbox,
    inbox_connect,
    more_accounts,
    requests,
    settings,
    syncing,
    wizard,
)
BLUEPRINTS = (blueprint,)

"""A portal at the sandbox that an app of ours may connect to, and the app in the settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.integrations.hubspot.credentials import HubSpotApp, settings
from app.integrations.hubspot.gateway import rate, scopes
from app.integrations.hubspot.gateway.oauth import AppCredentials
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.shared.models import Integration
from tests.factories import integrations
from tests.factories import line as line_factory
from tests.sandbox.hubspot.portals import OPTIONAL, REDIRECT, App, Portal
from tests.support.sandbox import SandboxServer


@pytest.fixture(autouse=True)
def unpaced(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep no test waiting for its turn but those of the gateway, which are about HubSpot's limits."""
    if "gateway" not in request.path.parts:
        monkeypatch.setattr(rate, "window_of", lambda _access, _limit: rate.Window(100_000, 10.0))


@pytest.fixture
def hubspot(app: Flask, line: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> SandboxServer:
    """The sandbox, as HubSpot."""
    monkeypatch.setattr(urls, "api", f"{line.url}/hubspot")
    monkeypatch.setattr(urls, "app", f"{line.url}/hubspot")
    return line


@pytest.fixture
def hubspot_app(hubspot: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """An app at HubSpot, which our settings name."""
    opened = App.open(
        hubspot, required_scopes=list(scopes.REQUIRED), optional_scopes=sorted({*OPTIONAL, *scopes.OPTIONAL})
    )
    given = AppCredentials(opened.client_id, opened.client_secret)
    monkeypatch.setattr(settings, "app", HubSpotApp(opened.app_id, given, "", is_from_settings=True))
    monkeypatch.setattr(settings, "public_url", REDIRECT.removesuffix("/integrations/hubspot/callback"))
    yield opened
    db.session.rollback()


@pytest.fixture
def portal(hubspot_app: App) -> Portal:
    """A portal of the professional plan in which the app is not installed yet."""
    switches = {"index_seconds": 0.0, "enforce_limits": False}
    made = hubspot_app.server.api("POST", "/hubspot/portals", {"name": "Tomoru Coffee", "switches": switches})
    return Portal(hubspot_app.server, made["portal_id"], hubspot_app)


def connected(portal: Portal, **values: Any) -> Integration:
    """The portal as a connected integration, with the tokens of a real approval."""
    portal.connect()
    columns: dict[str, Any] = {
        "remote_id": portal.portal_id,
        "access_token": portal.token,
        "refresh_token": portal.refresh_token,
    }
    return integrations.integration(line_factory.account(), **columns | values)

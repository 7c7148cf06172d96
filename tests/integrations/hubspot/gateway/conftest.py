"""A portal at the sandbox with the app connected, and a grant for it as the store of connections would give it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from app.core.errors import PermanentFailure
from app.core.outgoing.exchange import Answer
from app.integrations.hubspot.gateway import oauth
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.oauth import AppCredentials
from app.integrations.hubspot.gateway.requests import HubSpotRequest
from app.integrations.hubspot.gateway.urls import urls
from tests.sandbox.hubspot.portals import SPECS, App, Portal
from tests.support.contract import check_request, has_specs
from tests.support.sandbox import SandboxServer


@dataclass
class Grantee:
    """A grant that is kept in memory; counts how often a renewal was asked for and made."""

    portal: Portal
    per_ten_seconds: int = 110
    time_zone: str = "Asia/Tokyo"
    asked: int = 0
    renewals: int = 0
    losses: list[str] = field(default_factory=list)

    @property
    def portal_id(self) -> str:
        return self.portal.portal_id

    @property
    def app(self) -> AppCredentials:
        return AppCredentials(self.portal.app.client_id, self.portal.app.client_secret)

    def token(self) -> str:
        return self.portal.token

    def renew(self, refused: str) -> str:
        self.asked += 1
        if self.portal.token == refused:
            self.renewals += 1
            try:
                self.portal.token = oauth.refresh(self.app, self.portal.refresh_token).access_token
            except PermanentFailure as error:
                raise PermanentFailure("hubspot.reconnect_needed") from error
        return self.portal.token

    def lost(self, code: str) -> None:
        self.losses.append(code)

    def fault(self, kind: str, path: str | None = None, **settings: Any) -> None:
        """Trouble at HubSpot, for this portal alone."""
        wish = {"kind": kind, "path": path, "channel_id": self.portal_id, **settings}
        self.portal.server.api("POST", "/faults", wish)

    def expire(self) -> None:
        """Let the access token run out."""
        self.portal.control("POST", f"/installs/{self.portal.app.app_id}/expire")


@pytest.fixture
def hubspot(app: Flask, line: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> SandboxServer:
    """The sandbox, as HubSpot."""
    monkeypatch.setattr(urls, "api", f"{line.url}/hubspot")
    monkeypatch.setattr(urls, "app", f"{line.url}/hubspot")
    return line


@pytest.fixture
def portal(hubspot: SandboxServer) -> Portal:
    """An empty portal of the professional plan, with no limits in the way."""
    return Portal.open(hubspot, App.open(hubspot), name="Tomoru Coffee")


@pytest.fixture
def access(portal: Portal) -> Grantee:
    """The portal's grant."""
    return Grantee(portal)


class CheckedClient(HubSpotClient):
    """A client whose requests are held against HubSpot's published descriptions, where these are at hand."""

    def _exchange(self, request: HubSpotRequest[Any], token: str) -> Answer:
        if has_specs():
            query = f"?{urlencode(request.query)}" if request.query else ""
            body = request.body
            if isinstance(body, dict) and "sorts" in body:
                # The description knows sort rules as texts; HubSpot's guide writes them as objects.
                body = body | {"sorts": [rule["propertyName"] for rule in body["sorts"]]}
            check_request(f"hubspot/{spec_of(request.path)}.json", request.method, request.path + query, body)
        return super()._exchange(request, token)


def spec_of(path: str) -> str:
    """The description that covers a path."""
    return next(name for start, name in SPECS if path.startswith(start))


@pytest.fixture
def client(access: Grantee) -> HubSpotClient:
    """A client for the portal."""
    return CheckedClient(access)


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that a client makes; they take no time."""
    made: list[float] = []
    monkeypatch.setattr("app.integrations.hubspot.gateway.client.time.sleep", made.append)
    return made

"""Who may call for which portal: authorisation codes, installations, access and refresh tokens."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.hubspot.state import AccessToken, HubSpotApp, Install, Portal

if TYPE_CHECKING:
    from sandbox.hubspot.hubspot import HubSpot

CODE_SECONDS = 30 * 60
# An expired token is known as expired for a day, then it is as unknown as any other text.
REMEMBERED_SECONDS = 24 * 3600


@dataclass
class Code:
    """An authorisation code on its way to the app."""

    app_id: str
    portal_id: str
    redirect_uri: str
    scopes: list[str]
    challenge: str | None
    expires_at: float


@dataclass(frozen=True)
class Bearer:
    """What an access token stands for; journal tokens have no portal."""

    app_id: str
    portal_id: str | None
    scopes: tuple[str, ...]
    expires_at: float
    use: str = "access_token"


class Grants:
    """Issues and checks."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.hubspot = hubspot
        self._installs: dict[tuple[str, str], Install] = {}
        self._codes: dict[str, Code] = {}
        self._bearers: dict[str, Bearer] = {}

    def all(self) -> list[Install]:
        return list(self._installs.values())

    def of_portal(self, portal_id: str) -> list[Install]:
        return [install for install in self._installs.values() if install.portal_id == portal_id]

    def of_app(self, app_id: str) -> list[Install]:
        return [install for install in self._installs.values() if install.app_id == app_id]

    def install(self, app_id: str, portal_id: str) -> Install | None:
        """Return the installation of an app in a portal."""
        return self._installs.get((app_id, portal_id))

    def add(self, install: Install) -> None:
        """Take an installation up with its tokens."""
        self._installs[install.app_id, install.portal_id] = install
        for token in install.access_tokens:
            self._know(install, token)

    def _know(self, install: Install, token: AccessToken) -> None:
        scopes = tuple(install.scopes)
        self._bearers[token.value] = Bearer(install.app_id, install.portal_id, scopes, token.expires_at, token.use)

    def issue_code(
        self, app: HubSpotApp, portal: Portal, redirect_uri: str, scopes: list[str], challenge: str | None
    ) -> str:
        """Return a code for these scopes, good once and for a while."""
        code = secrets.token_urlsafe(24)
        due = self.hubspot.clock.now() + CODE_SECONDS
        self._codes[code] = Code(app.app_id, portal.portal_id, redirect_uri, scopes, challenge, due)
        return code

    def redeem(self, app: HubSpotApp, code: str, redirect_uri: str, verifier: str | None) -> Install | None:
        """Install the app for a code; None when it is used, expired, of another app or not proven."""
        found = self._codes.pop(code, None)
        if found is None or found.app_id != app.app_id or found.redirect_uri != redirect_uri:
            return None
        if self.hubspot.clock.now() >= found.expires_at or found.portal_id not in self.hubspot.portals:
            return None
        if found.challenge is not None and found.challenge != _challenge(verifier or ""):
            return None
        return self._installed(app, found)

    def _installed(self, app: HubSpotApp, code: Code) -> Install:
        """Return the installation, made or with new scopes; one refresh token stands for it."""
        install = self.install(app.app_id, code.portal_id)
        if install is None:
            install = Install(app.app_id, code.portal_id, [], None, self.hubspot.now_ms())
            self._installs[app.app_id, code.portal_id] = install
            self.hubspot.events.installed(install)
        install.scopes = code.scopes
        install.refresh_token = install.refresh_token or _refresh_token()
        self.hubspot.touch()
        return install

    def refreshing(self, app: HubSpotApp, refresh_token: str) -> Install | None:
        """Return the installation whose refresh token this is; another app's is as bad as none."""
        for install in self.of_app(app.app_id):
            if install.refresh_token and secrets.compare_digest(install.refresh_token, refresh_token):
                return install
        return None

    def issue_access(self, install: Install) -> AccessToken:
        """Issue an access token; the refresh token stays, unless the portal's switch says otherwise."""
        now = self.hubspot.clock.now()
        switches = self.hubspot.portals[install.portal_id].switches
        token = AccessToken(_access_token(), now + switches.access_token_seconds)
        self._sweep(install, now)
        install.access_tokens.append(token)
        self._know(install, token)
        self.hubspot.touch()
        return token

    def rotate(self, install: Install) -> None:
        """Replace the refresh token where the portal's switch asks for it."""
        if self.hubspot.portals[install.portal_id].switches.rotate_refresh_tokens:
            install.refresh_token = _refresh_token()

    def issue_for_app(self, app: HubSpotApp, scopes: list[str]) -> AccessToken:
        """Issue a token of the app itself, for the journal."""
        token = AccessToken(_access_token(), self.hubspot.clock.now() + 1800, "client_credentials")
        self._bearers[token.value] = Bearer(app.app_id, None, tuple(scopes), token.expires_at, token.use)
        return token

    def _sweep(self, install: Install, now: float) -> None:
        for token in [t for t in install.access_tokens if t.expires_at + REMEMBERED_SECONDS < now]:
            install.access_tokens.remove(token)
            self._bearers.pop(token.value, None)

    def bearer(self, value: str) -> Bearer | None:
        """Return what an access token stands for, also when it has expired."""
        return self._bearers.get(value)

    def revoke(self, install: Install) -> None:
        """Make the refresh token worthless; issued access tokens live until they expire, and the app stays."""
        install.refresh_token = None
        self.hubspot.touch()

    def expire_access(self, install: Install) -> None:
        """Let all access tokens of an installation be expired now."""
        now = self.hubspot.clock.now()
        for token in install.access_tokens:
            token.expires_at = min(token.expires_at, now)
            self._know(install, token)
        self.hubspot.touch()

    def remove(self, install: Install) -> None:
        """Uninstall: every token of the installation is unknown from now on."""
        del self._installs[install.app_id, install.portal_id]
        for token in install.access_tokens:
            self._bearers.pop(token.value, None)
        self.hubspot.events.uninstalled(install)
        self.hubspot.touch()

    def allow(self, install: Install, scopes: list[str]) -> None:
        """Change what is granted, as a change of the portal's subscription does; issued tokens follow."""
        install.scopes = scopes
        for token in install.access_tokens:
            self._know(install, token)
        self.hubspot.touch()


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _access_token() -> str:
    return f"C{secrets.token_urlsafe(90)}"


def _refresh_token() -> str:
    return f"na1-{secrets.token_hex(4)}-{secrets.token_hex(16)}"

"""What an app asks for at the authorize page, whether it may, and where the browser goes with the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from sandbox.hubspot.hubspot import HubSpot
from sandbox.hubspot.state import HubSpotApp, Portal

# Scopes that only some tiers have.
TIER_SCOPES = {
    "automation": ("professional", "enterprise"),
    "conversations.custom_channels.read": ("professional", "enterprise"),
    "conversations.custom_channels.write": ("professional", "enterprise"),
}


class BadRequest(Exception):
    """A link that HubSpot shows an error page for, without sending the browser anywhere."""


class Unavailable(Exception):
    """A required scope that the portal's tier lacks: the whole install fails."""


@dataclass(frozen=True)
class Wish:
    """One visit to the authorize page."""

    app: HubSpotApp
    redirect_uri: str
    scopes: tuple[str, ...]
    optional: tuple[str, ...]
    state: str | None
    challenge: str | None


def read(hubspot: HubSpot, query: Mapping[str, str]) -> Wish:
    """Return the wish; raises `BadRequest` for one that does not fit the app's configuration."""
    app = hubspot.app_of_client(query.get("client_id", ""))
    if app is None:
        raise BadRequest("We couldn't find an app with this client ID.")
    redirect = query.get("redirect_uri", "")
    if redirect not in app.redirect_urls:
        raise BadRequest("The redirect URL doesn't match any that the app registered.")
    scopes, optional = (tuple(dict.fromkeys(query.get(name, "").split())) for name in ("scope", "optional_scope"))
    known = {*app.required_scopes, *app.optional_scopes}
    if not scopes or set(scopes) - known or set(optional) - known or set(app.required_scopes) - set(scopes):
        raise BadRequest("The scopes in the link don't match those of the app's configuration.")
    challenge = query.get("code_challenge") or None
    if challenge and query.get("code_challenge_method", "plain") != "S256":
        raise BadRequest("The code challenge method must be S256.")
    return Wish(app, redirect, scopes, optional, query.get("state"), challenge)


def missing(portal: Portal, scopes: tuple[str, ...]) -> list[str]:
    """Return the scopes that the portal's tier lacks."""
    return [scope for scope in scopes if portal.tier not in TIER_SCOPES.get(scope, (portal.tier,))]


def approve(hubspot: HubSpot, portal: Portal, wish: Wish, withheld: tuple[str, ...] = ()) -> str:
    """Return where the browser goes with its code; optional scopes that the tier lacks are left out."""
    if lacking := missing(portal, wish.scopes):
        raise Unavailable(", ".join(lacking))
    left_out = {*missing(portal, wish.optional), *withheld}
    granted = [*wish.scopes, *(scope for scope in wish.optional if scope not in left_out)]
    code = hubspot.grants.issue_code(wish.app, portal, wish.redirect_uri, list(dict.fromkeys(granted)), wish.challenge)
    return _to(wish, code=code)


def deny(wish: Wish) -> str:
    """Return where the browser goes after a no."""
    return _to(wish, error="access_denied", error_description="The user denied the app access.")


def from_marketplace(hubspot: HubSpot, portal: Portal, app: HubSpotApp) -> str:
    """Return where an install from the marketplace lands: at the app's first redirect URL, with no state."""
    if not app.redirect_urls:
        raise BadRequest("The app has no redirect URL.")
    scopes, optional = tuple(app.required_scopes), tuple(app.optional_scopes)
    return approve(hubspot, portal, Wish(app, app.redirect_urls[0], scopes, optional, None, None))


def _to(wish: Wish, **fields: str) -> str:
    query = fields | ({"state": wish.state} if wish.state is not None else {})
    joint = "&" if "?" in wish.redirect_uri else "?"
    return f"{wish.redirect_uri}{joint}{urlencode(query)}"

"""OAuth with HubSpot: the link that asks for approval, and tokens. Bodies are forms, errors are OAuth's."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from app.core import lenient_json
from app.core.errors import RetryLater
from app.core.outgoing.exchange import Answer
from app.integrations.hubspot.gateway import paths, scopes
from app.integrations.hubspot.gateway.errors import oauth_refusal
from app.integrations.hubspot.gateway.requests import CallLimit, HubSpotRequest, nothing
from app.integrations.hubspot.gateway.transport import send_form
from app.integrations.hubspot.gateway.urls import urls


@dataclass(frozen=True)
class AppCredentials:
    """ID and secret of the app at HubSpot."""

    client_id: str
    client_secret: str = field(repr=False)

    @property
    def fields(self) -> dict[str, str]:
        return {"client_id": self.client_id, "client_secret": self.client_secret}


@dataclass(frozen=True)
class Grant:
    """What a portal has granted; the access token lives `expires_in` seconds from the answer on."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    hub_id: str
    scopes: tuple[str, ...]
    user_id: str


@dataclass(frozen=True)
class TokenInfo:
    """What a token stands for; `user` is the e-mail address of the person who approved."""

    is_active: bool
    hub_id: str
    hub_domain: str
    app_id: str
    user: str
    user_id: str
    scopes: tuple[str, ...]


def new_verifier() -> str:
    """Return a secret for PKCE, which is kept until the code comes back."""
    return secrets.token_urlsafe(64)


def challenge_of(verifier: str) -> str:
    """Return what goes into the link for a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def authorize_url(client_id: str, redirect_uri: str, state: str, verifier: str) -> str:
    """Return the page of HubSpot on which a person approves; `redirect_uri` must be registered letter by letter."""
    query = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes.REQUIRED),
        "optional_scope": " ".join(scopes.OPTIONAL),
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    return f"{urls.app}/oauth/authorize?{urlencode(query, quote_via=quote)}"


def exchange_code(app: AppCredentials, code: str, redirect_uri: str, verifier: str | None) -> Grant:
    """Return the grant for a code; an install from the Marketplace has no verifier.

    Raises PermanentFailure `hubspot.bad_auth_code`, `…client_id` or `…client_secret`, or RetryLater.
    """
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return _granted(_post(app, "", fields | ({"code_verifier": verifier} if verifier else {})))


def refresh(app: AppCredentials, refresh_token: str) -> Grant:
    """Return a new access token, and the refresh token to keep; raises PermanentFailure `hubspot.bad_refresh_token`."""
    return _granted(_post(app, "", {"grant_type": "refresh_token", "refresh_token": refresh_token}))


def app_token(app: AppCredentials, scopes: Iterable[str]) -> str:
    """Return a token of the app itself, which concerns no portal; raises PermanentFailure where HubSpot gives none."""
    body = _post(app, "", {"grant_type": "client_credentials", "scope": " ".join(scopes)}).body
    token = lenient_json.id_text(body, "access_token")
    if not token:
        raise RetryLater("hubspot.unreadable", after=5)
    return token


def introspect(app: AppCredentials, token: str, hint: str = "access_token") -> TokenInfo:
    """Return what a token stands for; `hint` says which kind it is."""
    body = _post(app, "/introspect", {"token": token, "token_type_hint": hint}).body
    return TokenInfo(
        is_active=lenient_json.flag(body, "active"),
        hub_id=lenient_json.id_text(body, "hub_id"),
        hub_domain=lenient_json.id_text(body, "hub_domain"),
        app_id=lenient_json.id_text(body, "app_id"),
        user=lenient_json.id_text(body, "user"),
        user_id=lenient_json.id_text(body, "user_id"),
        scopes=_scopes(body),
    )


def revoke(app: AppCredentials, refresh_token: str) -> None:
    """Make a refresh token worthless; issued access tokens live until they expire, and the app stays installed."""
    _post(app, "/revoke", {"token": refresh_token, "token_type_hint": "refresh_token"}, reads=False)


def uninstall() -> HubSpotRequest[None]:
    """Take the app out of the portal whose client makes the request; its data and properties stay."""
    return HubSpotRequest("DELETE", paths.UNINSTALL, nothing, limit=CallLimit.NONE)


def _post(app: AppCredentials, tail: str, fields: dict[str, str], *, reads: bool = True) -> Answer:
    answer = send_form(paths.TOKEN + tail, app.fields | fields)
    if not 200 <= answer.status < 300:
        raise oauth_refusal(answer)
    if reads and not isinstance(answer.body, dict):
        raise RetryLater("hubspot.unreadable", after=5)
    return answer


def _granted(answer: Answer) -> Grant:
    body = answer.body
    grant = Grant(
        access_token=lenient_json.id_text(body, "access_token"),
        refresh_token=lenient_json.id_text(body, "refresh_token"),
        expires_in=lenient_json.number(body, "expires_in") or 0,
        hub_id=lenient_json.id_text(body, "hub_id"),
        scopes=_scopes(body),
        user_id=lenient_json.id_text(body, "user_id"),
    )
    if not (grant.access_token and grant.refresh_token and grant.hub_id):
        raise RetryLater("hubspot.unreadable", after=5)
    return grant


def _scopes(body: Any) -> tuple[str, ...]:
    return tuple(scope for scope in lenient_json.items(body, "scopes") if isinstance(scope, str))

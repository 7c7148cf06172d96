"""Tokens: issued for codes and refresh tokens, looked into, revoked. Bodies are forms; errors are OAuth's."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

from aiohttp import web

from sandbox.hubspot.envelope import DATED, PREFIX, answer
from sandbox.hubspot.grants import Bearer
from sandbox.hubspot.hubspot import HubSpot
from sandbox.hubspot.state import HubSpotApp, Install
from sandbox.line.envelope import WORLD

FORM = "application/x-www-form-urlencoded"
TOKEN_PATHS = (f"/oauth/{DATED}/token", "/oauth/v3/token")
V1_TOKEN = "/oauth/v1/token"
JOURNAL_SCOPES = "developer.webhooks_journal"

Form = dict[str, str]
TokenHandler = Callable[[HubSpot, Form], Awaitable[web.Response]]


class OAuthError(Exception):
    """A refusal of a token endpoint: OAuth's error beside HubSpot's status."""

    def __init__(self, status: str, message: str, error: str = "invalid_grant", code: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.body = {"error": error, "error_description": message, "status": status, "message": message}


def add_routes(app: web.Application) -> None:
    """Serve the token endpoints by date, of v3 and of v1."""
    for path in (*TOKEN_PATHS, V1_TOKEN):
        _form_route(app, path, issue_v1 if path == V1_TOKEN else issue)
    for root in TOKEN_PATHS:
        _form_route(app, f"{root}/introspect", introspect)
        _form_route(app, f"{root}/revoke", revoke)
    _plain_route(app, "GET", "/oauth/v1/access-tokens/{token}", access_token_info)
    _plain_route(app, "GET", "/oauth/v1/refresh-tokens/{token}", refresh_token_info)
    _plain_route(app, "DELETE", "/oauth/v1/refresh-tokens/{token}", delete_refresh_token)


def _form_route(app: web.Application, path: str, handler: TokenHandler) -> None:
    """Serve an endpoint that reads its fields from a form alone: neither from the query nor from JSON."""

    async def serve(request: web.Request) -> web.Response:
        if request.content_type != FORM:
            problem = OAuthError(
                "BAD_REQUEST", f"Unsupported media type: {request.content_type}", "invalid_request", 415
            )
            return _answered(request, _refused(problem))
        form = {name: str(value) for name, value in (await request.post()).items()}
        return _answered(request, await _tried(handler, request.app[WORLD].hubspot, form))

    app.router.add_post(PREFIX + path, serve)


def _plain_route(app: web.Application, method: str, path: str, handler: TokenHandler) -> None:
    async def serve(request: web.Request) -> web.Response:
        form = {"token": request.match_info["token"]}
        return _answered(request, await _tried(handler, request.app[WORLD].hubspot, form))

    app.router.add_route(method, PREFIX + path, serve)


async def _tried(handler: TokenHandler, hubspot: HubSpot, form: Form) -> web.Response:
    try:
        return await handler(hubspot, form)
    except OAuthError as error:
        return _refused(error)


def _refused(error: OAuthError) -> web.Response:
    return answer({**error.body, "correlationId": str(uuid.uuid4())}, error.code)


def _answered(request: web.Request, response: web.Response) -> web.Response:
    """Log the call without its form, which holds secrets."""
    hubspot = request.app[WORLD].hubspot
    now = hubspot.clock.now()
    response.headers["Date"] = formatdate(now, usegmt=True)
    path = request.path_qs.removeprefix(PREFIX)
    hubspot.log.add(
        at=now, method=request.method, path=path, template=request.path.removeprefix(PREFIX), status=response.status
    )
    return response


def _client(hubspot: HubSpot, form: Form) -> HubSpotApp:
    app = hubspot.app_of_client(form.get("client_id", ""))
    if app is None:
        raise OAuthError("BAD_CLIENT_ID", "missing or unknown client id", "invalid_client")
    if form.get("client_secret") != app.client_secret:
        raise OAuthError("BAD_CLIENT_SECRET", "missing or invalid client secret", "invalid_client")
    return app


async def issue(hubspot: HubSpot, form: Form) -> web.Response:
    """Issue tokens for a code, a refresh token, or the app itself."""
    kind, app = form.get("grant_type"), _client(hubspot, form)
    if kind == "client_credentials":
        return answer(_for_app(hubspot, app, form))
    return answer(_for_install(hubspot, _granted(hubspot, app, form)))


async def issue_v1(hubspot: HubSpot, form: Form) -> web.Response:
    """Issue tokens as v1 does: the portal is learned by looking the token up."""
    body = _for_install(hubspot, _granted(hubspot, _client(hubspot, form), form))
    return answer({name: body[name] for name in ("token_type", "refresh_token", "access_token", "expires_in")})


def _granted(hubspot: HubSpot, app: HubSpotApp, form: Form) -> Install:
    kind = form.get("grant_type")
    if kind == "authorization_code":
        redirect, verifier = form.get("redirect_uri", ""), form.get("code_verifier")
        install = hubspot.grants.redeem(app, form.get("code", ""), redirect, verifier)
        if install is None:
            raise OAuthError("BAD_AUTH_CODE", "missing or unknown auth code")
        return install
    if kind == "refresh_token":
        install = hubspot.grants.refreshing(app, form.get("refresh_token", ""))
        if install is None:
            raise OAuthError("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        hubspot.grants.rotate(install)
        return install
    raise OAuthError("BAD_GRANT_TYPE", "missing or unknown grant type", "unsupported_grant_type")


def _for_install(hubspot: HubSpot, install: Install) -> dict[str, Any]:
    token = hubspot.grants.issue_access(install)
    return {
        "token_type": "bearer",
        "refresh_token": install.refresh_token,
        "access_token": token.value,
        "expires_in": int(token.expires_at - hubspot.clock.now() + 0.5),
        "token_use": "access_token",
        "hub_id": int(install.portal_id),
        "scopes": install.scopes,
        "user_id": install.user_id,
    }


def _for_app(hubspot: HubSpot, app: HubSpotApp, form: Form) -> dict[str, Any]:
    scopes = form.get("scope", "").split()
    if not scopes or not all(scope.startswith(JOURNAL_SCOPES) or scope in _all_scopes(app) for scope in scopes):
        raise OAuthError("BAD_SCOPES", "missing or unknown scope", "invalid_scope")
    token = hubspot.grants.issue_for_app(app, scopes)
    seconds = int(token.expires_at - hubspot.clock.now() + 0.5)
    return {
        "token_type": "bearer",
        "access_token": token.value,
        "expires_in": seconds,
        "token_use": "client_credentials",
        "scopes": scopes,
    }


def _all_scopes(app: HubSpotApp) -> list[str]:
    return [*app.required_scopes, *app.optional_scopes]


def _whose(hubspot: HubSpot, app: HubSpotApp, token: str) -> tuple[Install, Bearer | None]:
    """Return the installation behind a token, and for an access token what it stands for."""
    bearer = hubspot.grants.bearer(token)
    if bearer is not None and bearer.app_id == app.app_id and bearer.portal_id is not None:
        install = hubspot.grants.install(bearer.app_id, bearer.portal_id)
        if install is not None and hubspot.clock.now() < bearer.expires_at:
            return install, bearer
    install = hubspot.grants.refreshing(app, token)
    if install is None:
        raise OAuthError("BAD_TOKEN", "missing or unknown token", "invalid_token")
    return install, None


async def introspect(hubspot: HubSpot, form: Form) -> web.Response:
    """Return what a token stands for."""
    app, token = _client(hubspot, form), form.get("token", "")
    install, bearer = _whose(hubspot, app, token)
    portal = hubspot.portals[install.portal_id]
    body: dict[str, Any] = {
        "token": token,
        "active": True,
        "app_id": int(app.app_id),
        "client_id": app.client_id,
        "hub_id": int(portal.portal_id),
        "hub_domain": portal.hub_domain,
        "user": portal.user_email,
        "user_id": install.user_id,
        "scopes": install.scopes,
        "token_type": "bearer",
        "is_private_distribution": False,
    }
    if bearer is None:
        del body["is_private_distribution"]
        return answer(body | {"token_use": "refresh_token"})
    left = int(bearer.expires_at - hubspot.clock.now() + 0.5)
    signed = _signed(install, bearer)
    return answer(body | {"token_use": "access_token", "expires_in": left, "signed_access_token": signed})


def _signed(install: Install, bearer: Bearer) -> dict[str, Any]:
    """Return the signed form of a token; only its fields are real."""
    return {
        "appId": int(install.app_id),
        "expiresAt": int(bearer.expires_at * 1000),
        "hubId": int(install.portal_id),
        "hublet": "na1",
        "installingUserId": install.user_id,
        "isPrivateDistribution": False,
        "isServiceAccount": False,
        "isUserLevel": False,
        "newSignature": "sandbox",
        "scopes": "sandbox",
        "scopeToScopeGroupPks": "sandbox",
        "signature": "sandbox",
        "trialScopes": "",
        "trialScopeToScopeGroupPks": "",
        "userId": install.user_id,
    }


async def revoke(hubspot: HubSpot, form: Form) -> web.Response:
    """Revoke a refresh token; one that is unknown is answered alike, as OAuth demands."""
    install = hubspot.grants.refreshing(_client(hubspot, form), form.get("token", ""))
    if install is not None:
        hubspot.grants.revoke(install)
    return web.Response(status=200)


async def access_token_info(hubspot: HubSpot, form: Form) -> web.Response:
    bearer = hubspot.grants.bearer(form["token"])
    if bearer is None or bearer.portal_id is None or hubspot.clock.now() >= bearer.expires_at:
        raise OAuthError("BAD_TOKEN", "missing or unknown access token", "invalid_token", 404)
    body = _v1_info(hubspot, hubspot.apps[bearer.app_id], bearer.portal_id, list(bearer.scopes))
    left = int(bearer.expires_at - hubspot.clock.now() + 0.5)
    return answer(body | {"token": form["token"], "token_type": "access", "expires_in": left})


def _v1_info(hubspot: HubSpot, app: HubSpotApp, portal_id: str, scopes: list[str]) -> dict[str, Any]:
    return {
        "hub_id": int(portal_id),
        "hub_domain": hubspot.portals[portal_id].hub_domain,
        "app_id": int(app.app_id),
        "user": hubspot.portals[portal_id].user_email,
        "user_id": 1,
        "scopes": scopes,
    }


def _refresh_owner(hubspot: HubSpot, token: str) -> Install:
    for install in hubspot.grants.all():
        if install.refresh_token == token:
            return install
    raise OAuthError("BAD_REFRESH_TOKEN", "missing or invalid refresh token", code=404)


async def refresh_token_info(hubspot: HubSpot, form: Form) -> web.Response:
    install = _refresh_owner(hubspot, form["token"])
    app = hubspot.apps[install.app_id]
    body = _v1_info(hubspot, app, install.portal_id, install.scopes)
    return answer(body | {"token": form["token"], "token_type": "refresh", "client_id": app.client_id})


async def delete_refresh_token(hubspot: HubSpot, form: Form) -> web.Response:
    """Remove a refresh token only; the app stays installed."""
    hubspot.grants.revoke(_refresh_owner(hubspot, form["token"]))
    return web.Response(status=204)

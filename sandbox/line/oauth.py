"""Issuing, verifying and revoking channel access tokens; these answers have OAuth's own error bodies."""

from collections.abc import Callable

from aiohttp import web

from sandbox.line.channels import Channel
from sandbox.line.envelope import (
    WORLD,
    Call,
    Handler,
    LineError,
    error_response,
    new_request_id,
    through_envelope,
    wrong_type,
)
from sandbox.line.tokens import SHORT_LIVED_SECONDS, STATELESS_SECONDS
from sandbox.world import World

FORM = "application/x-www-form-urlencoded"
INCOMPLETE = "some parameters missed or invalid"
# LINE reports this scope for tokens of Messaging API channels.
SCOPE = "P CM"
FAR_AWAY = 100 * 365 * 24 * 3600

Identify = Callable[[World, dict[str, str]], Channel | None]


def oauth_error(error: str, description: str) -> LineError:
    return LineError(400, body={"error": error, "error_description": description})


def add_routes(app: web.Application) -> None:
    """Serve the token endpoints."""
    oauth_route(app, "/oauth2/v3/token", issue_stateless, _stateless_client)
    oauth_route(app, "/v2/oauth/accessToken", issue_short_lived, _short_lived_client)
    oauth_route(app, "/v2/oauth/verify", verify, _token_owner)
    oauth_route(app, "/v2/oauth/revoke", revoke, _revoking_owner)


def oauth_route(app: web.Application, path: str, handler: Handler, identify: Identify) -> None:
    """Serve an endpoint that takes a form and finds the channel in it instead of in a header."""

    async def serve(request: web.Request) -> web.StreamResponse:
        request_id, world = new_request_id(), app[WORLD]
        try:
            channel = identify(world, await _form(request))
        except LineError as error:
            return error_response(error, request_id)
        if channel is None:
            return _empty(request_id)
        return await through_envelope(Call(request, world, channel, request_id), ("POST", path), handler)

    app.router.add_post(path, serve)


async def _form(request: web.Request) -> dict[str, str]:
    if request.content_type != FORM:
        raise wrong_type(request.content_type)
    return {key: str(value) for key, value in (await request.post()).items()}


def _empty(request_id: str) -> web.Response:
    return web.Response(headers={"x-line-request-id": request_id})


def _stateless_client(world: World, form: dict[str, str]) -> Channel:
    if form.get("grant_type") != "client_credentials":
        raise oauth_error("invalid_request", INCOMPLETE)
    if form.get("client_assertion"):
        # No key can be registered here, and this is what LINE answers without one.
        raise LineError(404, "Cannot find channel key that satisfies the conditions")
    if not {"client_id", "client_secret"} <= form.keys():
        raise oauth_error("invalid_request", INCOMPLETE)
    channel = world.channels.get(form["client_id"])
    if channel is None or channel.secret != form["client_secret"]:
        raise oauth_error("invalid_request", "Invalid 'client_credentials'.")
    return channel


def _short_lived_client(world: World, form: dict[str, str]) -> Channel:
    if form.get("grant_type") != "client_credentials" or not {"client_id", "client_secret"} <= form.keys():
        raise oauth_error("invalid_request", INCOMPLETE)
    channel = world.channels.get(form["client_id"])
    if channel is None:
        raise oauth_error("invalid_client", "invalid client_id")
    if channel.secret != form["client_secret"]:
        raise oauth_error("invalid_client", "invalid client_secret")
    return channel


def _token_owner(world: World, form: dict[str, str]) -> Channel:
    value = form.get("access_token", "")
    if not value:
        raise oauth_error("invalid_request", "access_token in invalid format")
    found = world.tokens.stored_token(value, world.clock.now())
    if found is None:
        raise oauth_error("invalid_request", "access_token invalid")
    return found[0]


def _revoking_owner(world: World, form: dict[str, str]) -> Channel | None:
    """Revoke; what is not there is answered like a success."""
    found = world.tokens.stored_token(form.get("access_token", ""), world.clock.now())
    return None if found is None else found[0]


async def issue_stateless(call: Call) -> web.Response:
    token = call.world.tokens.issue_stateless(call.channel, call.now)
    return call.answer({"token_type": "Bearer", "access_token": token, "expires_in": STATELESS_SECONDS})


async def issue_short_lived(call: Call) -> web.Response:
    token = call.world.tokens.issue_short_lived(call.channel, call.now)
    call.world.touch()
    return call.answer({"access_token": token.value, "expires_in": SHORT_LIVED_SECONDS, "token_type": "Bearer"})


async def verify(call: Call) -> web.Response:
    value = str((await call.request.post())["access_token"])
    _, token = call.world.tokens.stored_token(value, call.now) or (None, None)
    if token is None:
        raise oauth_error("invalid_request", "access_token invalid")
    left = FAR_AWAY if token.expires_at is None else int(token.expires_at - call.now)
    return call.answer({"client_id": call.channel.channel_id, "expires_in": left, "scope": SCOPE})


async def revoke(call: Call) -> web.Response:
    call.world.tokens.revoke(str((await call.request.post())["access_token"]))
    call.world.touch()
    return _empty(call.request_id)

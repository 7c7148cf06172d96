"""Calls of an app's developer, with the developer key in the query; they need no installation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from sandbox.hubspot.envelope import DATED, Call, error_response, logged
from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.grants import Bearer
from sandbox.line.envelope import WORLD

BAD_KEY = "The developer API key provided is invalid or does not belong to this app."

DeveloperHandler = Callable[[Call], Awaitable[web.StreamResponse]]


def developer_route(app: web.Application, method: str, paths: Sequence[str], handler: DeveloperHandler) -> None:
    """Serve an endpoint of the app in its path, else of the one that the query names as `appId`."""
    template = paths[0].replace(DATED, "2026-03")

    async def serve(request: web.Request) -> web.StreamResponse:
        world = app[WORLD]
        app_id = request.match_info.get("app_id") or request.query.get("appId", "")
        found = world.hubspot.apps.get(app_id)
        if found is None or request.query.get("hapikey") != found.developer_key:
            refused = error_response(HubSpotError(401, BAD_KEY, "INVALID_AUTHENTICATION"))
            return logged(request, world, template, refused, None)
        call = Call(request, world, Bearer(found.app_id, None, (), 0.0, "developer"))
        return logged(request, world, template, await _answered(call, handler), call)

    for path in paths:
        app.router.add_route(method, f"/hubspot{path}", serve)


async def _answered(call: Call, handler: DeveloperHandler) -> web.StreamResponse:
    try:
        if call.request.can_read_body:
            call.raw = await call.request.read()
        return await handler(call)
    except HubSpotError as error:
        return error_response(error)

"""What stands around every HubSpot call: token, scopes, tier, limits, faults, the log and error bodies.

A handler gets a `Call` and returns an answer or raises `HubSpotError`; all the rest of the wire is here.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from aiohttp import web

from sandbox.bending import bend
from sandbox.connections import DROPPED, reset_connection
from sandbox.faults import Fault
from sandbox.hubspot import errors
from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.grants import Bearer
from sandbox.hubspot.hubspot import HubSpot
from sandbox.hubspot.state import TYPE_NAMES, HubSpotApp, Portal, Source
from sandbox.line.envelope import WORLD
from sandbox.world import World

PREFIX = "/hubspot"
# The versions by date that are served; where paths have not changed, the older v3 and v4 are, too.
DATED = "{version:2026-03|2026-09}"
FAULT_CATEGORIES = {423: "LOCKED", 477: "MIGRATION_IN_PROGRESS", 429: "RATE_LIMITS"}
# An address longer than this is refused: who reads very many properties has to read in batches.
LONGEST_ADDRESS = 8000
RATE_MAX = "X-HubSpot-RateLimit-Max"


@dataclass(frozen=True)
class Rules:
    """What a call needs and counts for: any one of `scopes`, a tier with automation, a kind of limit."""

    scopes: tuple[str, ...] = ()
    all_scopes: bool = False
    automation: bool = False
    limit: str = "core"


class Call:
    """One authenticated call for a portal."""

    def __init__(self, request: web.Request, world: World, bearer: Bearer) -> None:
        self.request = request
        self.world = world
        self.hubspot: HubSpot = world.hubspot
        self.bearer = bearer
        self.raw = b""
        self.inputs: int | None = None

    @property
    def portal(self) -> Portal:
        assert self.bearer.portal_id is not None
        return self.hubspot.portals[self.bearer.portal_id]

    @property
    def app(self) -> HubSpotApp:
        return self.hubspot.apps[self.bearer.app_id]

    @property
    def source(self) -> Source:
        return Source("INTEGRATION", self.bearer.app_id)

    @property
    def query(self) -> Any:
        return self.request.query

    def parameter(self, name: str) -> str:
        return self.request.match_info[name]

    def object_type(self, name: str = "object_type") -> str:
        """Return the object type named in the path, by name or id."""
        given = self.parameter(name)
        if given not in TYPE_NAMES:
            raise errors.invalid(f"Unable to infer object type from: {given}")
        return TYPE_NAMES[given]

    def json(self, known: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the body, an object; with `known`, other fields are refused."""
        data = self.any_json()
        if not isinstance(data, dict):
            raise errors.invalid(errors.NOT_JSON.format(why="an object was expected"))
        for name in data:
            if known is not None and name not in known:
                raise errors.invalid(errors.UNKNOWN_FIELD.format(name=name))
        return data

    def any_json(self) -> Any:
        """Return the body, whatever JSON it is."""
        if self.request.content_type != "application/json":
            raise HubSpotError(415, f"Unsupported media type: {self.request.content_type}")
        try:
            return json.loads(self.raw)
        except ValueError as error:
            raise errors.invalid(errors.NOT_JSON.format(why=error)) from error

    def batch(self, most: int, known: Sequence[str] = ("inputs",)) -> list[dict[str, Any]]:
        """Return the inputs of a batch of at most so many."""
        inputs = self.json(known).get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(entry, dict) for entry in inputs):
            raise errors.missing_field("inputs")
        self.inputs = len(inputs)
        if len(inputs) > most:
            raise errors.invalid(errors.TOO_MANY_INPUTS.format(count=len(inputs), most=most))
        return inputs

    def limit(self, default: int, most: int) -> int:
        """Return the page size that was asked for."""
        text = self.query.get("limit", str(default))
        if not text.isdecimal() or not 1 <= int(text[:9]) <= most:
            raise errors.invalid(errors.BAD_LIMIT.format(most=most))
        return int(text)

    def origin(self) -> str:
        return f"{self.request.scheme}://{self.request.host}{PREFIX}"


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


def answer(data: Any = None, status: int = 200) -> web.Response:
    """Return a JSON answer; 204 has no body."""
    if status == 204:
        return web.Response(status=204)
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json;charset=utf-8"})


def error_response(error: HubSpotError) -> web.Response:
    """Return an error with the correlation id that support asks for."""
    correlation = str(uuid.uuid4())
    response = answer({**error.body, "correlationId": correlation}, error.status)
    response.headers.update(error.headers)
    response.headers["X-HubSpot-Correlation-Id"] = correlation
    return response


def api_route(
    app: web.Application, method: str, paths: Sequence[str], handler: Handler, rules: Rules, *, named: str = ""
) -> None:
    """Serve one endpoint at all of its paths, the dated one first; faults and the log know it by that or by `named`."""
    template = (named or paths[0]).replace(DATED, "2026-03")

    async def serve(request: web.Request) -> web.StreamResponse:
        world = app[WORLD]
        try:
            call = Call(request, world, _bearer(request, world.hubspot, rules))
        except HubSpotError as error:
            return logged(request, world, template, error_response(error), None)
        return logged(request, world, template, await _through(call, method, template, handler, rules), call)

    for path in paths:
        app.router.add_route(method, PREFIX + path, serve)


def _bearer(request: web.Request, hubspot: HubSpot, rules: Rules) -> Bearer:
    header = request.headers.get("Authorization", "")
    bearer = hubspot.grants.bearer(header[7:].strip()) if header.startswith("Bearer ") else None
    if bearer is None or (bearer.portal_id is None) != (rules.limit == "journal"):
        raise HubSpotError(401, errors.INVALID_TOKEN, "INVALID_AUTHENTICATION")
    now = hubspot.clock.now()
    if now >= bearer.expires_at:
        raise errors.expired(bearer.expires_at, now)
    return bearer


async def _through(call: Call, method: str, template: str, handler: Handler, rules: Rules) -> web.StreamResponse:
    if len(call.request.raw_path) > LONGEST_ADDRESS:
        return _with_rate(call, rules, error_response(HubSpotError(414, "URI Too Long")))
    try:
        _allow(call, rules)
        _spend(call, rules)
    except HubSpotError as error:
        return _with_rate(call, rules, error_response(error))
    portal_id = call.bearer.portal_id or "-"
    faults = call.world.faults.striking(portal_id, method, template) if call.world.faults.rules else []
    await _wait(call, faults)
    response = _instead(call, faults)
    if response is None:
        response = await bend(call.request, await _processed(call, handler), faults)
    return _with_rate(call, rules, response)


def _allow(call: Call, rules: Rules) -> None:
    """Refuse a call that the grant or the portal's tier does not cover."""
    if rules.automation and not call.portal.has_automation:
        raise errors.no_tier()
    granted = [scope in call.bearer.scopes for scope in rules.scopes]
    if granted and not (all(granted) if rules.all_scopes else any(granted)):
        raise errors.missing_scopes(rules.scopes)


def _spend(call: Call, rules: Rules) -> None:
    """Count the call against its limit."""
    if rules.limit in ("none", "journal"):
        return
    portal, rates, now = call.portal, call.hubspot.rates, call.hubspot.clock.monotonic()
    switches = portal.switches
    request_id = uuid.uuid4().hex
    if not rates.take_of_day(portal, call.hubspot.clock.now()):
        raise errors.rate_limited("DAILY", request_id, _retry_after(portal, 3600))
    if rules.limit == "search":
        if not rates.search(portal.portal_id).arrive(now, switches.search_per_second, enforce=switches.enforce_limits):
            raise errors.rate_limited("SECONDLY", request_id, _retry_after(portal, 1))
        return
    window = rates.core(call.bearer.app_id, portal.portal_id)
    if not window.arrive(now, switches.ten_second_limit, enforce=switches.enforce_limits):
        raise errors.rate_limited("TEN_SECONDLY_ROLLING", request_id, _retry_after(portal, 10))


def _retry_after(portal: Portal, seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)} if portal.switches.retry_after else {}


def _with_rate(call: Call, rules: Rules, response: web.StreamResponse) -> web.StreamResponse:
    """Add the three rate headers; searches and the journal have none."""
    if rules.limit == "core" and not response.prepared:
        limit = call.portal.switches.ten_second_limit
        window = call.hubspot.rates.core(call.bearer.app_id, call.portal.portal_id)
        response.headers[RATE_MAX] = str(limit)
        response.headers["X-HubSpot-RateLimit-Remaining"] = str(window.left(limit))
        response.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] = "10000"
    return response


async def _processed(call: Call, handler: Handler) -> web.StreamResponse:
    try:
        # The parts of a form are read by its handler.
        if call.request.can_read_body and call.request.content_type != "multipart/form-data":
            call.raw = await call.request.read()
        return await handler(call)
    except web.HTTPRequestEntityTooLarge:
        return error_response(HubSpotError(413, "Request entity too large"))
    except HubSpotError as error:
        return error_response(error)


async def _wait(call: Call, faults: list[Fault]) -> None:
    seconds = call.portal.switches.latency_ms / 1000 if call.bearer.portal_id else 0.0
    seconds += sum(fault.wait_seconds(call.world.faults.dice) for fault in faults if fault.kind == "latency")
    if seconds:
        await asyncio.sleep(seconds)


def _instead(call: Call, faults: list[Fault]) -> web.StreamResponse | None:
    """Return the answer that a fault gives instead of processing."""
    for fault in faults:
        if fault.kind == "reset":
            return reset_connection(call.request)
        if fault.kind == "status":
            category = FAULT_CATEGORIES.get(fault.status)
            words = fault.message or "A fault of the sandbox"
            return error_response(HubSpotError(fault.status, words, category, headers=fault.headers))
    return None


def logged(
    request: web.Request, world: World, template: str, response: web.StreamResponse, call: Call | None
) -> web.StreamResponse:
    """Log the call, and date the answer by the sandbox's clock."""
    if not response.prepared:
        response.headers["Date"] = formatdate(world.clock.now(), usegmt=True)
    world.hubspot.log.add(
        at=world.clock.now(),
        method=request.method,
        path=request.path_qs.removeprefix(PREFIX),
        template=template,
        status=0 if response.status == DROPPED else response.status,
        portal_id=call.bearer.portal_id if call else None,
        app_id=call.bearer.app_id if call else None,
        inputs=call.inputs if call else None,
    )
    return response

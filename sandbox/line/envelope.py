"""The envelope of every LINE answer: request id, authentication, rate limit, faults and error bodies.

A handler gets a `Call` and returns an answer or raises `LineError`; all the rest of the wire is here.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.bending import bend
from sandbox.connections import DROPPED, reset_connection
from sandbox.faults import Fault, spread_ms
from sandbox.line import undocumented
from sandbox.line.channels import Channel
from sandbox.world import World

WORLD: web.AppKey[World] = web.AppKey("world", World)
MAX_BODY = 2 * 1024 * 1024
RETRY_KEY = "X-Line-Retry-Key"

BAD_TOKEN = (
    "Authentication failed due to the following reason: invalid token. "
    "Confirm that the access token in the authorization header is valid."
)
NO_TOKEN = "Authorization header required. Must follow the scheme, 'Authorization: Bearer <ACCESS TOKEN>'"
RATE_LIMITED = "The API rate limit has been exceeded. Try again later."
FAULT_MESSAGES = {
    401: BAD_TOKEN,
    403: "Access to this API is not available for your account",
    404: "Not found",
    429: RATE_LIMITED,
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def new_request_id() -> str:
    """Return a random UUID (version 4), made without the cost of the uuid module."""
    raw = bytearray(os.urandom(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class LineError(Exception):
    """An answer that is not a success; `body` replaces the usual message and details."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        details: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body: dict[str, Any] = {"message": message} if body is None else body
        if details:
            self.body["details"] = details


def bad_parameter(name: str, what: str = "parameter") -> LineError:
    """Return the answer to a parameter that LINE cannot take: documented for ids and dates, ours for the rest."""
    return LineError(400, undocumented.BAD_VALUE.format(name=name, what=what))


def wrong_type(kind: str) -> LineError:
    """Return the answer to a body of a content type that the endpoint does not take."""
    return LineError(415, f"The content type, '{kind}', is not supported")


class Call:
    """One authenticated request to a stand-in endpoint."""

    __slots__ = ("channel", "raw", "request", "request_id", "world")

    def __init__(self, request: web.Request, world: World, channel: Channel, request_id: str) -> None:
        self.request = request
        self.world = world
        self.channel = channel
        self.request_id = request_id
        self.raw = b""

    @property
    def now(self) -> float:
        return self.world.clock.now()

    def parameter(self, name: str) -> str:
        """Return a parameter of the path."""
        return self.request.match_info[name]

    def origin(self) -> str:
        """Return scheme and host under which the caller reaches the sandbox."""
        return f"{self.request.scheme}://{self.request.host}"

    def json(self) -> dict[str, Any]:
        """Return the request body as an object, refused the way LINE refuses what is not one."""
        kind = self.request.content_type
        if kind != "application/json":
            raise wrong_type(kind)
        try:
            data = json.loads(self.raw)
        except UnicodeDecodeError as error:
            raise LineError(400, unparsable(1, 1)) from error
        except json.JSONDecodeError as error:
            raise LineError(400, unparsable(error.lineno, error.colno)) from error
        if not isinstance(data, dict):
            raise LineError(400, unparsable(1, 1))
        return data

    def answer(self, data: Any = None, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
        """Return a JSON answer; without data the empty object."""
        return json_response({} if data is None else data, status, self.request_id, headers)


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


def unparsable(line: int, column: int) -> str:
    return f"The request body could not be parsed as JSON (line: {line}, column: {column})"


def json_response(data: Any, status: int, request_id: str, headers: dict[str, str] | None = None) -> web.Response:
    """Return an answer with LINE's usual headers."""
    all_headers = {"x-line-request-id": request_id, "content-type": "application/json"}
    if headers:
        all_headers |= headers
    return web.Response(
        body=json.dumps(data, ensure_ascii=False).encode(errors="replace"), status=status, headers=all_headers
    )


def error_response(error: LineError, request_id: str) -> web.Response:
    return json_response(error.body, error.status, request_id, error.headers)


def bearer_channel(request: web.Request, world: World) -> Channel:
    """Return the channel whose token the request carries."""
    header = request.headers.get("Authorization")
    if not header or not header.startswith("Bearer "):
        raise LineError(401, NO_TOKEN)
    channel = world.tokens.channel_for(header[7:].strip(), world.clock.now())
    if channel is None:
        raise LineError(401, BAD_TOKEN)
    return channel


def line_route(
    app: web.Application, method: str, path: str, handler: Handler, *, takes_retry_key: bool = False
) -> None:
    """Serve one endpoint of the Messaging API behind a channel access token."""
    endpoint = (method, path)

    async def serve(request: web.Request) -> web.StreamResponse:
        request_id, world = new_request_id(), app[WORLD]
        try:
            channel = bearer_channel(request, world)
        except LineError as error:
            world.meters.count_stranger(endpoint, error.status, world.clock.monotonic())
            return error_response(error, request_id)
        call = Call(request, world, channel, request_id)
        if RETRY_KEY in request.headers and not takes_retry_key:
            return await through_envelope(call, endpoint, refuse_retry_key)
        return await through_envelope(call, endpoint, handler)

    app.router.add_route(method, path, serve)


async def refuse_retry_key(_call: Call) -> web.StreamResponse:
    raise LineError(400, undocumented.RETRY_KEY_NOT_TAKEN.format(name=RETRY_KEY))


async def through_envelope(call: Call, endpoint: tuple[str, str], handler: Handler) -> web.StreamResponse:
    """Count the request, hold it to the limit, apply faults around the handler, and count the answer."""
    world, channel = call.world, call.channel
    meter = world.meters.meter(channel.channel_id, endpoint, channel.limits, world.clock.monotonic())
    if not meter.arrive(world.clock.monotonic()) and channel.limits.enforce:
        meter.count_status("429")
        return error_response(LineError(429, RATE_LIMITED), call.request_id)
    faults = world.faults.striking(channel.channel_id, *endpoint) if world.faults.rules else []
    await _wait(call, faults)
    response = _instead(call, faults)
    if response is None:
        response = await _processed(call, handler)
        response = await bend(call.request, response, faults)
    meter.count_status("dropped" if response.status == DROPPED else str(response.status))
    return response


async def _processed(call: Call, handler: Handler) -> web.StreamResponse:
    """Return the handler's own answer."""
    try:
        if call.request.can_read_body:
            call.raw = await call.request.read()
        return await handler(call)
    except web.HTTPRequestEntityTooLarge:
        return error_response(LineError(413, undocumented.TOO_LARGE), call.request_id)
    except LineError as error:
        return error_response(error, call.request_id)


async def _wait(call: Call, faults: list[Fault]) -> None:
    latency, dice = call.channel.latency, call.world.faults.dice
    seconds = latency.fixed_ms / 1000
    if latency.median_ms:
        seconds += spread_ms(latency.median_ms, latency.p99_ms, dice) / 1000
    seconds += sum(fault.wait_seconds(dice) for fault in faults if fault.kind == "latency")
    if seconds:
        await asyncio.sleep(seconds)


def _instead(call: Call, faults: list[Fault]) -> web.StreamResponse | None:
    """Return the answer that a fault gives instead of processing."""
    for fault in faults:
        if fault.kind == "reset":
            return reset_connection(call.request)
        if fault.kind == "status":
            message = fault.message or FAULT_MESSAGES.get(fault.status, "Error")
            error = LineError(fault.status, message, details=fault.details, headers=fault.headers)
            return error_response(error, call.request_id)
    return None

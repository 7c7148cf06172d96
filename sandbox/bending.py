"""What faults do to an answer after processing: lose it, drip it, break it or add surprises to it."""

import asyncio
import json
from typing import Any

from aiohttp import web

from sandbox.connections import reset_connection
from sandbox.faults import Fault

# Fields whose values the API description lists; a client must survive one it does not know.
ENUMS = ("chatMode", "markAsReadMode", "status", "type", "reason", "phase", "language")
PIECES = 8


async def bend(request: web.Request, response: web.StreamResponse, faults: list[Fault]) -> web.StreamResponse:
    """Return the answer as the faults leave it."""
    for fault in faults:
        if fault.kind == "lost":
            await asyncio.sleep(fault.delay_ms / 1000)
            return reset_connection(request)
        if isinstance(response, web.Response) and isinstance(response.body, bytes):
            response = await _bent(request, response, response.body, fault)
    return response


async def _bent(request: web.Request, response: web.Response, body: bytes, fault: Fault) -> web.StreamResponse:
    if fault.kind == "malformed":
        response.body = body[: max(1, len(body) // 2)]
    elif fault.kind == "unknown_enum":
        response.body = _rewritten(body, _with_unknown_values)
    elif fault.kind == "extra_fields":
        response.body = _rewritten(body, _with_extra_fields)
    elif fault.kind == "slow_body":
        return await _dripped(request, response, body, fault.delay_ms / 1000)
    return response


def _rewritten(body: bytes, rewrite: Any) -> bytes:
    try:
        return json.dumps(rewrite(json.loads(body)), ensure_ascii=False).encode()
    except ValueError:
        return body


def _with_unknown_values(data: Any) -> Any:
    if isinstance(data, dict):
        return {
            key: "sandbox_unknown" if key in ENUMS and isinstance(value, str) else _with_unknown_values(value)
            for key, value in data.items()
        }
    return [_with_unknown_values(item) for item in data] if isinstance(data, list) else data


def _with_extra_fields(data: Any) -> Any:
    if isinstance(data, dict):
        extra = {"sandboxExtra": {"since": "tomorrow", "values": [1, None, "新"]}}
        return {key: _with_extra_fields(value) for key, value in data.items()} | extra
    return [_with_extra_fields(item) for item in data] if isinstance(data, list) else data


async def _dripped(request: web.Request, response: web.Response, body: bytes, seconds: float) -> web.StreamResponse:
    """Send the body in pieces, spread over so many seconds."""
    slow = web.StreamResponse(status=response.status, headers=response.headers)
    slow.content_length = len(body)
    await slow.prepare(request)
    step = max(1, -(-len(body) // PIECES))
    for start in range(0, len(body), step):
        await asyncio.sleep(seconds / PIECES)
        await slow.write(body[start : start + step])
    await slow.write_eof()
    return slow

"""Callbacks of blocked workflow actions."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.envelope import DATED, Call, Rules, answer, api_route

ROOTS = (f"/automation/actions/callbacks/{DATED}", "/automation/v4/actions/callbacks")
FIELDS = ("outputFields", "typedOutputs", "failureReasonType", "requestContext")
RULES = Rules(("automation",), automation=True)
MOST = 100


def add_routes(app: web.Application) -> None:
    """Serve callbacks, one and many; to be added before the definitions, whose paths would take these."""
    api_route(app, "POST", [f"{root}/complete" for root in ROOTS], complete_many, RULES)
    api_route(app, "POST", [f"{root}/{{callback_id}}/complete" for root in ROOTS], complete, RULES)


def _outputs(body: dict[str, Any]) -> dict[str, Any]:
    outputs = body.get("outputFields")
    if not isinstance(outputs, dict):
        raise errors.missing_field("outputFields")
    return outputs


def _complete(call: Call, callback_id: str, body: dict[str, Any]) -> None:
    if not call.hubspot.executions.complete(call.bearer.app_id, callback_id, _outputs(body)):
        raise errors.not_found(f"No action waits for the callback {callback_id}.")


async def complete(call: Call) -> web.Response:
    _complete(call, call.parameter("callback_id"), call.json(FIELDS))
    return answer(status=204)


async def complete_many(call: Call) -> web.Response:
    for entry in call.batch(MOST):
        _complete(call, str(entry.get("callbackId")), entry)
    return answer(status=204)

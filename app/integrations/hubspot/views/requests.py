"""Requests that HubSpot makes by itself: proven to be HubSpot's, read, and answered at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import structlog
from flask import Response, request

from app.core import error_messages, lenient_json
from app.core.errors import Conflict, InvalidInput, PermanentFailure
from app.core.web import headers
from app.core.web.security import csrf
from app.integrations.hubspot.credentials import installed_app, settings
from app.integrations.hubspot.executions import receiving
from app.integrations.hubspot.gateway.signatures import Signed, SignedRequest, check
from app.integrations.hubspot.inbox import receiving as inbox_receiving
from app.integrations.hubspot.views.blueprint import blueprint
from app.integrations.hubspot.webhooks import receiving as webhook_receiving
from app.integrations.hubspot.webhooks.refused import note_refused
from app.team.permissions import public

log = structlog.get_logger(__name__)
# What one request may hold; HubSpot sends at most a hundred events at once.
MOST_BYTES = 1_000_000


@blueprint.post("/actions/send")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def send_action() -> Response:
    """Take in one run of the workflow action "Send LINE message"; what comes of it is told later."""
    return _answer(receiving.receive)


@blueprint.post("/actions/options")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def action_options() -> Response:
    """Tell the workflow editor what a field of the action may be."""
    return _answer(receiving.options)


@blueprint.post("/webhooks")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def take_webhooks() -> Response:
    """Take in what has changed in any portal; a worker reads it again."""
    return _answer(webhook_receiving.receive)


@blueprint.post("/inbox/webhooks/<key>")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def take_inbox_webhooks(key: str) -> Response:
    """Take in what people write in HubSpot's inbox; the address is a secret, and a signature that is there must fit."""
    if not inbox_receiving.is_known_address(key):
        return _json({"message": "There is no such address."}, 404)
    return _answer(inbox_receiving.receive, needs_signature=False)


def _answer(handle: Callable[[Any], dict[str, Any]], *, needs_signature: bool = True) -> Response:
    """Answer with what the handler returns; 4xx with a sentence, which ends a run of HubSpot's workflow."""
    # Of a body whose length is not told, no more is read.
    request.max_content_length = MOST_BYTES
    if (request.content_length or 0) > MOST_BYTES:
        return _json({"message": "The request is too large."}, 413)
    body = request.get_data(cache=False)
    try:
        refusal = _refusal(body, needs_signature=needs_signature)
        if refusal is not None:
            return refusal
        return _json(handle(lenient_json.loads_or_none(body)))
    except Conflict as error:
        return _json({"message": str(error.message)}, 410)
    except InvalidInput as error:
        return _json({"message": "; ".join(map(str, error.fields.values()))}, 400)
    except PermanentFailure as error:
        return _json({"message": error_messages.sentence(error.code)}, 410)


def _refusal(body: bytes, *, needs_signature: bool) -> Response | None:
    """Return the answer for a request that is not HubSpot's."""
    target, given = headers.signed_parts()
    told = SignedRequest(request.method, f"{settings.public_url}{target}", body, given)
    checked = check(installed_app().credentials.client_secret, told)
    if checked.is_valid or (checked.signed is Signed.UNSIGNED and not needs_signature):
        if checked.is_valid:
            note_refused(None)
        return None
    note_refused(checked.code)
    log.warning("hubspot.request_refused", reason=checked.code, path=request.path)
    return _json({"message": error_messages.sentence(checked.code)}, 401)


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")

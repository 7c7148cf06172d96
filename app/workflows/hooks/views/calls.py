"""The address that other programs call to let a friend enter a workflow."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from app.core.db import db
from app.core.errors import NotFound
from app.core.web import headers
from app.core.web.problems import problem
from app.core.web.security import csrf
from app.team import rate_limits
from app.team.permissions import public
from app.workflows.hooks.operations.receiving import receive as take_in
from app.workflows.hooks.reading import MOST_BYTES, HookCall

blueprint = Blueprint("workflow_hook_calls", __name__)
OF_ONE_ADDRESS, OF_ONE_NETWORK = "300 per minute", "1200 per minute"
LONGEST_HEADER = 500


def called() -> str:
    """Return the end of the called address, for its limit."""
    return f"hook {(request.view_args or {}).get('code', '')[:64]}"


@blueprint.post("/webhooks/workflows/<code>")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
@rate_limits.tries(OF_ONE_ADDRESS, of=called)
@rate_limits.tries(OF_ONE_NETWORK)
def receive(code: str) -> Response:
    """Take the call in, and keep in the log how it was answered, also where it is refused."""
    request.max_content_length = MOST_BYTES
    answer = take_in(code, _call(request.get_data(cache=False)))
    if answer is None:
        raise NotFound
    db.session.commit()
    if answer.is_accepted:
        return _json(answer.status, reason=answer.reason, started=answer.started, call=answer.call_id)
    return problem(answer.status, "Not accepted", answer.words, reason=answer.reason, call=answer.call_id)


def _call(body: bytes) -> HookCall:
    key = headers.text("X-Tomoru-Key") or headers.bearer_token()
    told = ("Idempotency-Key", "webhook-id", "webhook-timestamp", "webhook-signature")
    return HookCall(body, key[:LONGEST_HEADER], *(headers.text(name)[:LONGEST_HEADER] for name in told))


def _json(status: int, **words: object) -> Response:
    response = jsonify(words)
    response.status_code = status
    return response

"""The address that LINE sends events to. Lean on purpose: there may be a thousand a second, and LINE waits for two."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from app.core.db import db
from app.core.db.engines import DIRECT
from app.core.web import headers
from app.core.web.security import csrf
from app.line.intake.receiver import WebhookReceiver
from app.team.permissions import public

blueprint = Blueprint("webhooks", __name__)


@blueprint.post("/webhooks/line/<webhook_key>")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def receive(webhook_key: str) -> Response:
    """Store what LINE sends, answer, and let a worker do the rest."""
    status = desk().receive(webhook_key, request.get_data(cache=False), headers.text("x-line-signature") or None)
    return Response(status=status, mimetype="text/plain")


def desk() -> WebhookReceiver:
    """Return the receiver of this process, made at the first request so that it shares no connection with a parent."""
    known: WebhookReceiver | None = current_app.extensions.get("line_desk")
    if known is None:
        known = current_app.extensions.setdefault("line_desk", WebhookReceiver(db.engine, db.engines[DIRECT]))
    return known

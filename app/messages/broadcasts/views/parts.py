"""Parts of the pages of broadcasts that htmx asks for, or that are a page of their own without script."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from app.core import htmx
from app.core.i18n import _
from app.line.models import Account
from app.messages.broadcasts.models import Broadcast, BroadcastState

REVIEWED = (BroadcastState.DRAFT, BroadcastState.SCHEDULED)


def render_part(
    part: str, account: Account, broadcast: Broadcast | None = None, status: int = 200, **context: Any
) -> Response:
    """Return the template `part`; as a page of its own it leads back to that of the broadcast, or to the list."""
    back = url_for("broadcasts.index", account_id=account.id)
    if broadcast is not None:
        endpoint = "broadcasts.review" if broadcast.state in REVIEWED else "broadcasts.show"
        back = url_for(endpoint, account_id=account.id, broadcast_id=broadcast.id)
    return htmx.render(
        "messages/broadcasts/part.html",
        part,
        status,
        account=account,
        broadcast=broadcast,
        part=part,
        title=broadcast.name if broadcast else _("Create Broadcast"),
        back=back,
        **context,
    )

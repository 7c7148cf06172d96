"""The results of a broadcast, as part of its page and as a page of their own."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.core import htmx
from app.core.clock import now
from app.core.errors import NotFound
from app.line.access import get_account
from app.messages.broadcasts.deal import Standing
from app.messages.broadcasts.models import BroadcastState
from app.messages.broadcasts.people_words import WORDS, set_words
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.queries.line_figures import line_figures
from app.messages.broadcasts.queries.results import BroadcastFigures, figures_of
from app.messages.broadcasts.readers import READERS
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.broadcasts.views.charts import hours_chart, kinds_in
from app.team.permissions import requires_any


@blueprint.get("/<int:broadcast_id>/results")
@requires_any(*READERS)
def results(account_id: int, broadcast_id: int) -> Response:
    """Show the figures as they are now; asked again by the page while the broadcast is being sent."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    if not broadcast.is_frozen:
        raise NotFound
    counted_at = now()
    figures = figures_of(broadcast)
    context: dict[str, Any] = {
        "account": account,
        "broadcast": broadcast,
        "figures": figures,
        "counted_at": counted_at,
        "words": WORDS,
        "standing": Standing.of(broadcast),
        "set_words": set_words,
        "line_figures": line_figures(broadcast),
        "chart": _chart(figures),
        "is_moving": broadcast.state == BroadcastState.SENDING,
    }
    return htmx.render("messages/broadcasts/results.html", "messages/broadcasts/_results.html", **context)


def _chart(figures: BroadcastFigures) -> dict[str, Any]:
    hours = [[hour.loads, hour.clicks] for hour in figures.hours]
    return hours_chart(hours, kinds_in(hours))

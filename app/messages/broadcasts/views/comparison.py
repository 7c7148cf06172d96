"""Broadcasts side by side; their numbers stand in the address, so that it can be passed on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from flask import Response, request

from app.core import htmx
from app.core.errors import NotFound
from app.core.identifiers import row_number
from app.line.access import get_account
from app.messages.broadcasts.comparison import LEAST, MOST, compared
from app.messages.broadcasts.list_rows import BroadcastLine, lines_of
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.queries.listing import begun_broadcasts, broadcasts_by_id
from app.messages.broadcasts.readers import READERS
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.broadcasts.views.charts import hour_span, hours_chart, kinds_in
from app.team.permissions import requires_any


@blueprint.get("/comparison")
@requires_any(*READERS)
def comparison(account_id: int) -> Response:
    """Show the chosen broadcasts, in the order of the address, and offer others to add."""
    account, chosen = get_account(account_id), asked_broadcasts(account_id)
    shown = chosen[:MOST]
    lines = lines_of(account_id, shown)
    return htmx.render(
        "messages/broadcasts/comparison.html",
        None,
        200 if len(chosen) <= MOST else 422,
        account=account,
        lines=lines,
        ids=[one.id for one in shown],
        table=compared(lines),
        charts=_charts(lines),
        hours=_hours(lines),
        is_too_few=len(chosen) < LEAST,
        is_too_many=len(chosen) > MOST,
        most=MOST,
        others=begun_broadcasts(account_id, without=[one.id for one in shown]) if len(shown) < MOST else [],
    )


def asked_broadcasts(account_id: int) -> list[Broadcast]:
    """Return the broadcasts that the address names, each once; raises NotFound for one that is not the account's."""
    numbers = [row_number(one) for one in request.args.getlist("id") if one]
    ids = list(dict.fromkeys(numbers))
    by_id = broadcasts_by_id(account_id, [one for one in ids if one is not None])
    if len(by_id) < len(ids):
        raise NotFound
    return [by_id[one] for one in ids if one is not None]


def _hours(lines: Sequence[BroadcastLine]) -> list[dict[str, Any]]:
    """Return images loaded and clicks of all broadcasts that have any, in the hours in which something happened."""
    known = [line.figures.hours for line in lines if line.figures and line.figures.hours]
    rows = zip_longest(*known, fillvalue=[0, 0])
    numbered = [(place, [number for hour in row for number in hour]) for place, row in enumerate(rows)]
    return [{"span": hour_span(place), "numbers": numbers} for place, numbers in numbered if any(numbers)]


def _charts(lines: Sequence[BroadcastLine]) -> list[dict[str, Any] | None]:
    """Return what js/controllers/chart.js draws of each broadcast, over the same hours and up to the same height."""
    hours = [line.figures.hours if line.figures else [] for line in lines]
    longest = max(map(len, hours), default=0)
    most = max((number for of_one in hours for hour in of_one for number in hour), default=0)
    kinds = kinds_in(hour for of_one in hours for hour in of_one)
    return [{**hours_chart(one, kinds, longest), "most": most} if one else None for one in hours]

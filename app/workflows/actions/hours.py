"""Business hours of an account in steps: read once for all that ask, and what is said where there are none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.core.i18n import Text, _l
from app.line.business_hours.table import WeekTable, is_open, next_opening
from app.line.queries import business_hours_of
from app.workflows.definition.kinds import NodeProblem
from app.workflows.definition.state import Arrival

OPEN, CLOSED = "open", "closed"
HOURS: dict[str, Text] = {OPEN: _l("Within business hours"), CLOSED: _l("Outside business hours")}


def load_hours(node_ids: Collection[str], account_id: int) -> Mapping[str, Any]:
    """Return the account's table for each of these nodes."""
    return dict.fromkeys(node_ids, business_hours_of(account_id)) if node_ids else {}


def opening(arrival: Arrival, moment: datetime) -> datetime | None:
    """Return when the account is open next from a moment on; None where it is not for a year."""
    return next_opening(_table(arrival), moment, arrival.zone)


def is_time_of(hours: object, arrival: Arrival) -> bool:
    """Return whether it is the time that is asked for: OPEN, CLOSED, or any for another word."""
    return hours not in HOURS or is_open(_table(arrival), arrival.now, arrival.zone) == (hours == OPEN)


def check_hours(account_ids: Sequence[int], field: str) -> Iterable[NodeProblem]:
    """Warn of accounts without business hours."""
    if all(business_hours_of(one).has_hours for one in account_ids):
        return
    words = _l("An account has no business hours, so it counts as always open. Enter them in its settings.")
    yield NodeProblem(words, field, is_warning=True)


def _table(arrival: Arrival) -> WeekTable:
    return arrival.facts.loaded.get(arrival.node.id) or WeekTable()

"""LINE's own statistics of a broadcast, as it told them last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core import error_messages
from app.core.clock import now
from app.messages.broadcasts.models import Broadcast
from app.messages.tracking.operations.units import latest_unit

# A look that is due within this time is being waited for.
AT_ONCE = timedelta(seconds=5)


@dataclass(frozen=True)
class LineFigures:
    """People of whom LINE knows that they saw the message, and that they opened a link; None: it tells nothing.

    `told_at`: when LINE told it, None: not yet. `asks_at`: when it is asked next. `is_asking`: an answer is on its way.
    """

    opened: int | None
    clicked: int | None
    told_at: datetime | None
    asks_at: datetime | None
    is_asking: bool
    problem: str


def line_figures(broadcast: Broadcast) -> LineFigures | None:
    """Return what LINE told of the broadcast; None where LINE does not count it."""
    row = latest_unit(broadcast.account_id, broadcast.unit) if broadcast.unit else None
    if row is None:
        return None
    overview = (row.figures or {}).get("overview") or {}
    is_asking = row.due_at is not None and row.due_at < now() + AT_ONCE
    problem = error_messages.sentence(row.reason)
    return LineFigures(
        overview.get("uniqueImpression"), overview.get("uniqueClick"), row.figures_at, row.due_at, is_asking, problem
    )

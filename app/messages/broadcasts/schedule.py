"""When a broadcast's run is started: at its time, after a pause, and when there is more to do.

The row of the broadcast is the work order, so that neither a lost wake nor a second scheduler matters; the run that it
starts is the only one of its broadcast at any time.
"""

from __future__ import annotations

from datetime import datetime

from app.core.due.registry import DueKind
from app.messages.broadcasts.models import Broadcast

STARTS = DueKind("messages.broadcasts", Broadcast, wake=lambda: False, prefix="start_", batch=1)


def order_start(broadcast: Broadcast, at: datetime | None = None) -> None:
    """Have the broadcast's run started then, or now."""
    STARTS.order(broadcast)
    if at is not None:
        broadcast.start_due_at = at

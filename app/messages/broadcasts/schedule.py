"""When a broadcast's run is started: at its time, after a pause, and when there is more to do.

The row of the broadcast is the work order, so that neither a lost wake nor a second scheduler matters; the run that it
starts is the only one of its broadcast at any time.
"""

from __future__ import annotations

from datetime import datetime

from app.core import queue
from app.core.db import db
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.queue import Queue
from app.core.runs.operations import start
from app.messages.broadcasts.models import Broadcast

# The kind of run that freezes and sends a broadcast; see `run`.
KIND = "messages.broadcasts.send"
STARTS = register(
    DueKind(
        "messages.broadcasts",
        Broadcast,
        wake=lambda: queue.wake("messages.broadcasts.start", queue=Queue.BROADCASTS),
        prefix="start_",
        columns=(Broadcast.account_id,),
        batch=1,
    )
)


def order_start(broadcast: Broadcast, at: datetime | None = None) -> None:
    """Have the broadcast's run started then, or now; wakes a worker after commit."""
    STARTS.order(broadcast)
    if at is not None:
        broadcast.start_due_at = at
    else:
        queue.after_commit(db.session, "messages.broadcasts.start", queue=Queue.BROADCASTS)


def start_due() -> int:
    """Start the runs of broadcasts whose time has come; returns how many."""
    return process(STARTS, _start, again=STARTS.wake)


def _start(claim: Claim) -> None:
    held = claim.held()
    for row in claim.rows:
        if row.id in held:
            start(KIND, row.id, account_id=row.account_id)
    claim.done()

"""Tell upper layers that a broadcast has ended, in the transaction that ends it."""

from __future__ import annotations

from app.core.db import db
from app.core.events import announce
from app.messages.broadcasts.events import BroadcastEnded
from app.messages.broadcasts.models import Broadcast


def tell_ended(broadcast: Broadcast) -> None:
    """Announce BroadcastEnded."""
    db.session.flush()
    announce(BroadcastEnded(broadcast.account_id, broadcast.id))

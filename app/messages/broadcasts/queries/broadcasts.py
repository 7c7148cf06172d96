"""One broadcast of an account, and what uses a segment."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select

from app.core.db import db
from app.core.errors import NotFound
from app.messages.broadcasts.models import UNDER_WAY, Broadcast, BroadcastState


def get_broadcast(account_id: int, broadcast_id: int) -> Broadcast:
    """Return the account's broadcast; raises NotFound."""
    found = db.session.get(Broadcast, broadcast_id)
    if found is None or found.account_id != account_id:
        raise NotFound
    return found


def broadcasts_using_segment(segment_id: int) -> Sequence[Broadcast]:
    """Return drafts and waiting broadcasts whose audience is not frozen yet and that name the segment."""
    names = or_(
        Broadcast.audience["segment_id"].as_integer() == segment_id,
        Broadcast.audience["without_id"].as_integer() == segment_id,
    )
    may_freeze = Broadcast.state.in_((BroadcastState.DRAFT, *UNDER_WAY)) & Broadcast.started_at.is_(None)
    return db.session.scalars(select(Broadcast).where(names, may_freeze).order_by(Broadcast.id)).all()

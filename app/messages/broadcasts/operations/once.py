"""What programs ask for once and may ask for again: a request whose answer was lost is repeated without harm."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import _l
from app.messages.broadcasts.locking import check_time
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.operations.confirming import Start, confirm
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.reserving import locked_account
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

OTHER_REQUEST = _l("Another broadcast was created with this reference. Use one reference for one broadcast.")
OTHER_TIME = _l("This broadcast is scheduled for another time, or has begun. Cancel it first.")


@operation(Permission.BROADCASTS)
def create_once(
    account_id: int, plan: BroadcastPlan, *, reference: str, digest: str, actor: Actor
) -> tuple[Broadcast, bool]:
    """Store a draft under a program's reference; returns it, and whether it is new.

    The same request, told by its `digest`, finds the broadcast that it made, whatever has become of it. Raises
    InvalidInput, and Conflict where the reference belongs to another request.
    """
    # Two requests at the same moment come one after the other.
    locked_account(account_id)
    mine = select(Broadcast).where(Broadcast.account_id == account_id, Broadcast.reference == reference)
    found = db.session.scalars(mine).one_or_none()
    if found is None:
        return create_draft(account_id, plan, reference=reference, digest=digest, actor=actor), True
    if found.request_digest != digest:
        raise Conflict(OTHER_REQUEST)
    return found, False


@operation(Permission.CONFIRM_BROADCASTS)
def schedule(account_id: int, broadcast_id: int, start: Start, *, seen: int, actor: Actor) -> Broadcast:
    """Give a draft its time and confirm it; one that has this time already stays as it is, also if it has begun.

    `seen` is the version that the program has looked at. Each cancel makes another one, so a request that is repeated
    after a cancel is refused. Raises what `confirm` does.
    """
    found = get_broadcast(account_id, broadcast_id)
    if found.is_draft:
        check_time(start.at)
        try:
            return confirm(account_id, broadcast_id, seen=seen, start=start, actor=actor)
        except Conflict:
            # Another request may have confirmed it while LINE was asked.
            db.session.refresh(found)
            if found.is_draft:
                raise
    if found.scheduled_at != start.at:
        raise Conflict(OTHER_TIME)
    return found

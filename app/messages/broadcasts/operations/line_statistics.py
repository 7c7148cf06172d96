"""Have LINE asked for its own figures of a broadcast."""

from __future__ import annotations

from app.core.errors import Conflict
from app.core.i18n import _l
from app.messages.broadcasts.locking import locked
from app.messages.broadcasts.models import Broadcast
from app.messages.tracking.operations.units import look_again
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission


@operation(Permission.BROADCASTS, Permission.CONFIRM_BROADCASTS)
def ask_line(account_id: int, broadcast_id: int, *, actor: Actor) -> Broadcast:
    """Order a fresh look; raises NotFound, Conflict where LINE does not count the broadcast."""
    broadcast = locked(account_id, broadcast_id)
    if broadcast.unit is None or not look_again(account_id, broadcast.unit):
        raise Conflict(_l("LINE does not count this broadcast, because the names of this month were used up."))
    return broadcast

"""Record who took the people of a broadcast out as a file."""

from __future__ import annotations

from app.core.i18n import _l
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe({"broadcast.people_exported": _l("exported people of the broadcast %(target)s as CSV")})


@operation(Permission.EXPORT)
def note_people_export(account_id: int, broadcast_id: int, people: str, *, actor: Actor) -> None:
    """Write down who exported which people; `people` is the key of their set. Raises NotFound."""
    broadcast = get_broadcast(account_id, broadcast_id)
    audit.record(actor, "broadcast.people_exported", target=broadcast, account_id=account_id, people=people)

"""Keep the people of a broadcast's numbers as segments, and record who took them out as a file."""

from __future__ import annotations

from app.core.errors import NotFound
from app.core.i18n import _l
from app.messages.broadcasts.conditions.choice import conditions_for
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.queries.choice import PeopleChoice
from app.segments.conditions.definition import VERSION
from app.segments.models import Segment
from app.segments.operations.segments import create_segment
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe({"broadcast.people_exported": _l("exported people of the broadcast %(target)s as CSV")})


@operation(Permission.SEGMENTS)
def save_as_segment(account_id: int, name: str, choice: PeopleChoice, *, actor: Actor) -> Segment:
    """Make a segment of these people, to which those belong who do the same later. Raises InvalidInput(name)."""
    conditions = conditions_for(choice)
    if not conditions or choice.broadcast.account_id != account_id:
        raise NotFound
    definition = {"version": VERSION, "groups": [{"conditions": conditions}]}
    return create_segment(account_id, name, definition, actor=actor)


@operation(Permission.EXPORT)
def note_people_export(account_id: int, broadcast_id: int, people: str, *, actor: Actor) -> None:
    """Write down who exported which people; `people` is the key of their set. Raises NotFound."""
    broadcast = get_broadcast(account_id, broadcast_id)
    audit.record(actor, "broadcast.people_exported", target=broadcast, account_id=account_id, people=people)

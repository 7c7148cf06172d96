"""What broadcasts tell lower layers: which of them need a segment, and how often they reached friends."""

from __future__ import annotations

from collections.abc import Iterator

from app.core import usage
from app.core.i18n import _l
from app.messages.broadcasts.models import BroadcastState
from app.messages.broadcasts.queries.broadcasts import broadcasts_using_segment
from app.messages.broadcasts.queries.reach import reached_since
from app.messages.sending.frequency import REACHES
from app.team.permissions import Permission


def segment_usages(segment_id: int) -> Iterator[usage.Usage]:
    """Return drafts that name the segment, and confirmed broadcasts, which hold it until they have begun."""
    for broadcast in broadcasts_using_segment(segment_id):
        holds = broadcast.state != BroadcastState.DRAFT
        place = {"account_id": broadcast.account_id, "broadcast_id": broadcast.id}
        yield usage.Usage(_l("Broadcast"), broadcast.name, "broadcasts.show", place, Permission.BROADCASTS, holds)


usage.register("segment", "broadcasts", segment_usages)
REACHES.add("broadcasts", reached_since)

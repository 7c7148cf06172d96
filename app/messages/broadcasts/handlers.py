"""What broadcasts tell lower layers: which of them need a segment, whom they reached, what each friend got last.

What they take from them: that people opened and clicked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.core import usage
from app.core.db import db
from app.core.events import listen
from app.core.i18n import _l
from app.friends import facts
from app.messages.broadcasts.models import Broadcast, BroadcastState
from app.messages.broadcasts.operations.counting import count_again
from app.messages.broadcasts.queries.broadcasts import broadcasts_using_segment
from app.messages.broadcasts.queries.listing import WITHOUT_MESSAGES
from app.messages.broadcasts.queries.reach import reached_since
from app.messages.broadcasts.queries.received import last_received_by
from app.messages.broadcasts.readers import place_of
from app.messages.broadcasts.rendering import CAUSE
from app.messages.sending.frequency import REACHES
from app.messages.tracking.events import FetchesCounted
from app.messages.tracking.sources import SOURCES, SendSource
from app.team.permissions import Permission


def segment_usages(segment_id: int) -> Iterator[usage.Usage]:
    """Return drafts that name the segment, and confirmed broadcasts, which hold it until they have begun."""
    for broadcast in broadcasts_using_segment(segment_id):
        holds = broadcast.state != BroadcastState.DRAFT
        place = {"account_id": broadcast.account_id, "broadcast_id": broadcast.id}
        yield usage.Usage(_l("Broadcast"), broadcast.name, "broadcasts.show", place, Permission.BROADCASTS, holds)


@listen(FetchesCounted)
def on_fetches_counted(batch: Sequence[FetchesCounted]) -> None:
    """Have the figures of these broadcasts counted again."""
    count_again({send_id for event in batch for send_id in event.send_ids})


def source_of(broadcast_id: str) -> SendSource | None:
    """Return name and page of the broadcast that sent a message."""
    found = db.session.get(Broadcast, int(broadcast_id), options=WITHOUT_MESSAGES)
    return SendSource(found.name, place_of(found.id)) if found else None


SOURCES.add(CAUSE, source_of)
usage.register("segment", "broadcasts", segment_usages)
REACHES.add("broadcasts", reached_since)
facts.register(
    facts.FriendFacts(
        "last_broadcast",
        (_l("Last broadcast"), _l("Last broadcast date")),
        _l("None yet"),
        last_received_by,
        lambda known: place_of(known["last_broadcast_id"]),
    )
)

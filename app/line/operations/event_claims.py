"""Claim stored events: whole sources, each by a lock on the source, so that the order of its events is kept.

A claim is bounded, since what is not committed is done again when the worker dies. While the work keeps up, the longest
waiting sources come first. When it has fallen behind, most places go to the newest events, whose reply tokens are still
good; the others keep the old ones moving.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from app.core.clock import now
from app.core.db import db
from app.line.models import WebhookEvent

# Of one claim.
SOURCES = 100
EVENTS_OF_SOURCE = 20
EVENTS = 300
# Events that are looked at from each end for sources to claim.
LOOKED_AT = 1_000
# The work has fallen behind when an event has waited so long, in seconds; a reply token is good for about 60.
BEHIND_SECONDS = 10
# Of that claim's sources, the share that is given to the newest events.
NEWEST_SHARE = 0.8

# Sources with something due; those that another worker holds are passed over. `place` is the place in the queue from
# the end at which the source is served.
_LOCK_SOURCES = text("""
WITH oldest AS (
    SELECT account_id, source_id, due_at FROM webhook_events
    WHERE state = 'pending' AND due_at <= statement_timestamp() ORDER BY due_at LIMIT :looked_at
), newest AS (
    SELECT account_id, source_id, due_at FROM webhook_events
    WHERE state = 'pending' AND due_at <= statement_timestamp()
      AND (SELECT min(due_at) FROM oldest) < statement_timestamp() - make_interval(secs => :behind)
    ORDER BY due_at DESC LIMIT :looked_at
), ends AS (
    SELECT account_id, source_id, row_number() OVER (ORDER BY min(due_at)) / CAST(1 - :share AS float) AS place
    FROM oldest GROUP BY account_id, source_id
    UNION ALL
    SELECT account_id, source_id, row_number() OVER (ORDER BY max(due_at) DESC) / CAST(:share AS float)
    FROM newest GROUP BY account_id, source_id
), sources AS MATERIALIZED (
    SELECT account_id, source_id FROM ends GROUP BY account_id, source_id ORDER BY min(place)
)
SELECT account_id, source_id, statement_timestamp() AS moment FROM sources
WHERE pg_try_advisory_xact_lock(hashtextextended('line.source:' || account_id || ':' || source_id, 0))
LIMIT :sources
""")
# A statement of its own: it must see what the worker that held the lock before has committed. By time over all
# sources, since what a person does in a group may follow from what they did alone.
_LOAD_EVENTS = text("""
SELECT event.* FROM unnest(CAST(:account_ids AS bigint[]), CAST(:source_ids AS text[])) AS s (account_id, source_id)
CROSS JOIN LATERAL (
    SELECT * FROM webhook_events e
    WHERE e.account_id = s.account_id AND e.source_id = s.source_id AND e.state = 'pending'
    ORDER BY e.occurred_at, e.id LIMIT :each
) AS event
ORDER BY event.occurred_at, event.id LIMIT :events
""")
# The earliest one of a person comes last.
_PENDING_FOLLOWS = text("""
SELECT f.id, f.account_id, f.source_id, f.occurred_at
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:user_ids AS text[])) AS writer (account_id, user_id)
JOIN webhook_events f ON f.account_id = writer.account_id AND f.source_id = writer.user_id
WHERE f.state = 'pending' AND f.type = 'follow'
ORDER BY f.occurred_at DESC
""")
Source = tuple[int, str]


@dataclass(frozen=True)
class EventClaim:
    """Events of sources that are locked until the transaction ends, by time, and the database's time of the claim."""

    events: Sequence[WebhookEvent]
    moment: datetime

    def other_follows(self, people: set[Source]) -> dict[Source, datetime]:
        """Return when those of these people (account, user) followed whose follow is pending and not claimed here."""
        if not people:
            return {}
        ordered, mine = sorted(people), {event.id for event in self.events}
        values = {"account_ids": [one[0] for one in ordered], "user_ids": [one[1] for one in ordered]}
        rows = db.session.execute(_PENDING_FOLLOWS, values)
        return {(row.account_id, row.source_id): row.occurred_at for row in rows if row.id not in mine}


def claim() -> EventClaim:
    """Lock sources with something due, and load their pending events; empty when nothing is due or others are at it."""
    sources = db.session.execute(
        _LOCK_SOURCES,
        {"sources": SOURCES, "looked_at": LOOKED_AT, "behind": BEHIND_SECONDS, "share": NEWEST_SHARE},
    ).all()
    if not sources:
        return EventClaim([], now())
    values = {
        "account_ids": [source.account_id for source in sources],
        "source_ids": [source.source_id for source in sources],
        "each": EVENTS_OF_SOURCE,
        "events": EVENTS,
    }
    query = select(WebhookEvent).from_statement(_LOAD_EVENTS).execution_options(populate_existing=True)
    return EventClaim(db.session.scalars(query, values).all(), sources[0].moment)

"""What changed since a page was drawn, as cheaply as it is asked: every open page asks every other second."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from app.core.db import db
from app.team.actors import Actor

# All before the oldest transaction that is still open can be seen. A number beyond it is from before a backup was
# restored, and says nothing. One that is open for long holds the number back; `tag` says
# whether more has changed.
_STANDING = text("""
    SELECT upto, since, changed.tag, changed.next FROM (
        SELECT upto, CASE WHEN asked > upto THEN 0 ELSE coalesce(asked, upto) END AS since
        FROM (
            SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS upto,
                CAST(:since AS bigint) AS asked
        ) present
    ) asked
    CROSS JOIN LATERAL (
        SELECT count(*) || '-' || coalesce(sum(changed_in * (1 + id % 997)), 0) AS tag,
            count(*) FILTER (WHERE changed_in >= upto) || '-'
                || coalesce(sum(changed_in * (1 + id % 997)) FILTER (WHERE changed_in >= upto), 0) AS next
        FROM conversations
        WHERE changed_in >= since AND (CAST(:ids AS bigint[]) IS NULL OR account_id = ANY(:ids))
    ) changed
""")
# The tag of no change.
NOTHING = "0-0"


@dataclass(frozen=True)
class FeedStanding:
    """From which transaction on a page asks, and up to which it knows all with this answer."""

    since: int
    upto: int
    # Another one for each set of changes; NOTHING for none.
    tag: str
    # The one of changes that are told with this answer and are looked at again with the next question.
    next: str


def standing(since: int | None, actor: Actor) -> FeedStanding:
    """Return what a page that knows all before this transaction has missed of what the actor may see.

    Without one, return where a page begins that is drawn after this.
    """
    ids = None if actor.accounts is None else sorted(actor.accounts)
    row = db.session.execute(_STANDING, {"since": since, "ids": ids}).one()
    return FeedStanding(row.since, row.upto, row.tag, row.next)

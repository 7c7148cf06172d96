"""What changed since a page was drawn, as cheaply as it is asked: every open page asks every other second."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic
from types import SimpleNamespace
from typing import Any, NamedTuple

from sqlalchemy import text

from app.core.db import db
from app.core.recent import Recent
from app.team.actors import Actor

# For so many seconds all pages of this process are told the same standing of their lists. They then ask from the same
# transaction on, and are answered together.
FRESH = 1.0
# All before the oldest transaction that is still open can be seen.
_UPTO = "CAST(CAST(pg_snapshot_xmin(seen) AS text) AS bigint) AS upto"
_PRESENT = text(f"SELECT {_UPTO}, CAST(seen AS text) AS seen FROM pg_current_snapshot() AS seen")  # noqa: S608
# A transaction that is open for long holds that number back; the tags say whether more has changed.
_TAG = "count(*) || '-' || coalesce(sum(changed_in * (1 + id % 997)), 0)"
_TAGS = text(f"""
    SELECT {_TAG} AS tag,
        count(*) FILTER (WHERE changed_in >= :upto) || '-'
            || coalesce(sum(changed_in * (1 + id % 997)) FILTER (WHERE changed_in >= :upto), 0) AS next
    FROM conversations
    WHERE changed_in >= :since AND (CAST(:ids AS bigint[]) IS NULL OR account_id = ANY(:ids))
        AND pg_visible_in_snapshot(CAST(CAST(changed_in AS text) AS xid8), CAST(:seen AS pg_snapshot))
""")  # noqa: S608
# The same for a page that begins now, in one question.
_BEGINNING = text(f"""
    SELECT upto, CAST(seen AS text) AS seen, (
        SELECT {_TAG} FROM conversations
        WHERE changed_in >= upto AND (CAST(:ids AS bigint[]) IS NULL OR account_id = ANY(:ids))
            AND pg_visible_in_snapshot(CAST(CAST(changed_in AS text) AS xid8), seen)
    ) AS tag
    FROM (SELECT {_UPTO}, seen FROM pg_current_snapshot() AS seen OFFSET 0) AS present
""")  # noqa: S608
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
    # The snapshot of the database, as PostgreSQL writes it, and until when pages are told of it.
    seen: str
    until: float
    # Whether it is read for one page alone, which asks after an action of its own.
    is_own: bool = False


class _Present(NamedTuple):
    """What pages are told until a moment of this machine's clock: what the snapshot `seen` of the database can see,
    in which are all transactions before `upto`."""

    upto: int
    seen: str
    until: float


_KEPT = SimpleNamespace(present=_Present(0, "", 0.0))
_STANDINGS: Recent[tuple[Any, ...], FeedStanding] = Recent(1, 5_000)


def standing(since: int | None, actor: Actor, *, is_own: bool = False) -> FeedStanding:
    """Return what a page that knows all before this transaction has missed of what the actor may see.

    Without one, return where a page begins that is drawn after this. What changed in the last FRESH seconds may be left
    to the next question, unless the page asks after an action that `is_own`.
    """
    ids = None if actor.accounts is None else tuple(sorted(actor.accounts))
    if since is None:
        return _begin(ids)
    present = _look() if is_own else _present_for(since)
    # A number beyond the present is from before a backup was restored, and says nothing.
    asked = (since if since <= present.upto else 0, present, ids)
    return replace(_read(*asked), is_own=True) if is_own else _STANDINGS.made(asked, lambda: _read(*asked))


def _present_for(since: int) -> _Present:
    """Return the present of this process; another process may have told the page of a later one."""
    present: _Present = _KEPT.present
    if monotonic() >= present.until or since > present.upto:
        present = _KEPT.present = _look()
    return present


def _look() -> _Present:
    row = db.session.execute(_PRESENT).one()
    return _Present(row.upto, row.seen, monotonic() + FRESH)


def _begin(ids: tuple[int, ...] | None) -> FeedStanding:
    row = db.session.execute(_BEGINNING, {"ids": None if ids is None else list(ids)}).one()
    return FeedStanding(row.upto, row.upto, row.tag, row.tag, row.seen, monotonic() + FRESH)


def _read(since: int, present: _Present, ids: tuple[int, ...] | None) -> FeedStanding:
    asked = {"since": since, "upto": present.upto, "seen": present.seen, "ids": None if ids is None else list(ids)}
    row = db.session.execute(_TAGS, asked).one()
    return FeedStanding(since, present.upto, row.tag, row.next, present.seen, present.until)

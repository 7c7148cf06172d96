"""Tags and attributes that members, imports and other systems have changed.

What workflows have changed is left out, since the replay makes the changes of its own workflow itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Select, select

from app.core.db import db
from app.friends.models import Activity
from app.segments.conditions.sql import one_of
from app.workflows.actions.friends import SOURCE
from app.workflows.engine.happenings import Happening
from app.workflows.simulation.replaying.events import ReplayedEvent, ReplayPeriod
from app.workflows.triggers.friends import ATTRIBUTE_CHANGED, TAG_ADDED, TAG_REMOVED, fields_changed, tag_changed

# Kinds of triggers by the kinds of their activities.
_KINDS = {"tag_added": TAG_ADDED, "tag_removed": TAG_REMOVED, "attributes_changed": ATTRIBUTE_CHANGED}
KINDS = frozenset(_KINDS.values())


def people(account_ids: Collection[int], period: ReplayPeriod) -> Select[Any]:
    """Select the ids of the friends, one row for each change."""
    return _changes(period, Activity.friend_id).where(Activity.account_id.in_(account_ids))


def events(period: ReplayPeriod, friend_ids: Sequence[int]) -> Iterator[tuple[int, ReplayedEvent]]:
    """Yield the changes of these friends."""
    columns = (getattr(Activity, name) for name in ("id", "account_id", "friend_id", "kind", "occurred_at", "data"))
    for row in db.session.execute(_changes(period, *columns).where(one_of(Activity.friend_id, friend_ids))):
        one = _happening(row)
        yield row.friend_id, ReplayedEvent(row.occurred_at, one.key, one.kind, one.data, one.word)


def _happening(row: Any) -> Happening:
    kind, source, change = _KINDS[row.kind], str(row.data.get("source")), f"activity:{row.id}"
    if kind == ATTRIBUTE_CHANGED:
        return fields_changed(row.data.get("changes") or (), row.account_id, row.friend_id, source, change)
    return tag_changed(kind, row.data.get("tag_id") or 0, row.account_id, row.friend_id, source, change)


def _changes(period: ReplayPeriod, *columns: Any) -> Select[Any]:
    at = Activity.occurred_at
    by_others = Activity.data["source"].astext.is_distinct_from(SOURCE)
    return select(*columns).where(Activity.kind.in_(_KINDS), by_others, at >= period.since, at < period.until)

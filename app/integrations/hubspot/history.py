"""What the history of a property tells: who changed it last, and what our own writes have replaced. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from app.integrations.hubspot.gateway.objects import ValueChange


def last_change(history: Sequence[ValueChange], app_id: str) -> ValueChange | None:
    """Return the newest change; where we only put back what a person had set, that is the person's."""
    if not history:
        return None
    newest = history[0]
    person = next((one for one in history if not one.is_by(app_id)), None)
    is_put_back = person is not None and newest.is_by(app_id) and person.value == newest.value
    return person if is_put_back else newest


def lost_edit(
    history: Iterable[ValueChange], app_id: str, set_at: datetime | None, skew: timedelta
) -> ValueChange | None:
    """Return what a person had set when our write, the newest change, replaced it, if that was newer than ours.

    A worker that was killed right after its write leaves that behind. `set_at` is when our value was set.
    """
    changes = iter(history)
    newest = next(changes, None)
    if newest is None or set_at is None or not newest.is_by(app_id):
        return None
    replaced = next((one for one in changes if not (one.is_by(app_id) and one.value == newest.value)), None)
    if replaced is None or replaced.is_by(app_id) or replaced.at is None or replaced.value == newest.value:
        return None
    return replaced if replaced.at - skew > set_at else None

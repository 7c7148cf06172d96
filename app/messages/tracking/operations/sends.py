"""Store a send with its short addresses, and put these into the messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, update

from app.core.clock import now
from app.core.db import db
from app.messages.content.compiled import CompiledSet
from app.messages.content.filling import Values
from app.messages.content.utm import Utm
from app.messages.tracking.addresses import new_code
from app.messages.tracking.models import TrackedLink, TrackedSend
from app.messages.tracking.places import TrackedPlace, find_places

# Codes by marker.
Codes = Mapping[str, str]


def begin_send(account_id: int, cause_kind: str, cause_id: str, *, is_test: bool = False) -> TrackedSend:
    """Store a send of a message set; `cause_kind` and `cause_id` say what made it. Nothing of a test counts."""
    send = TrackedSend(account_id=account_id, cause_kind=cause_kind, cause_id=cause_id, is_test=is_test)
    db.session.add(send)
    db.session.flush()
    return send


def accepted(send_id: int, at: datetime | None = None) -> None:
    """Note when LINE took the send, or may have taken it; what is fetched earlier does not count."""
    statement = update(TrackedSend).where(TrackedSend.id == send_id, TrackedSend.accepted_at.is_(None))
    db.session.execute(statement.values(accepted_at=at or now()))


def tracked(
    ready: CompiledSet, send: TrackedSend, *, friend_id: int | None, values: Values, utm: Utm | None = None
) -> CompiledSet:
    """Return the set with short addresses, which belong to this friend or, with None, are shared by all recipients.

    Raises LinkTooLong. For many friends, `find_places` is called once and `personal_codes` for each batch.
    """
    found = find_places(ready, is_personal=friend_id is not None, utm=utm)
    if not found.places:
        return ready
    return found.with_codes(personal_codes(send.id, found.places, {friend_id: values})[friend_id])


def personal_codes(
    send_id: int, places: Sequence[TrackedPlace], people: Mapping[int | None, Values]
) -> dict[int | None, Codes]:
    """Store the links of a batch of recipients in one statement; returns each one's codes. Raises LinkTooLong."""
    codes: dict[int | None, dict[str, str]] = {
        friend_id: {one.marker: new_code() for one in places} for friend_id in people
    }
    rows = [
        {
            "code": codes[friend_id][one.marker],
            "send_id": send_id,
            "friend_id": friend_id,
            "kind": one.kind,
            "place": one.place,
            "target": one.filled(values),
        }
        for friend_id, values in people.items()
        for one in places
    ]
    if rows:
        db.session.execute(insert(TrackedLink), rows)
    return dict(codes)

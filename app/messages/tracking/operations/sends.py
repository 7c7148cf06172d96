"""Store a send with its short addresses, and put these into the messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text, update

from app.core.clock import now
from app.core.db import db
from app.messages.content.compiled import CompiledSet
from app.messages.content.filling import Values
from app.messages.content.utm import Utm
from app.messages.tracking.addresses import new_code
from app.messages.tracking.models import TrackedSend
from app.messages.tracking.places import TrackedPlace, find_places

_COLUMNS = ("codes", "friend_ids", "kinds", "places", "targets")
# Of arrays: a statement for each row costs the worker half as much again.
_STORE = text("""
    INSERT INTO tracked_links (send_id, code, friend_id, kind, place, target)
    SELECT :send_id, code, friend_id, kind, place, target
    FROM unnest(CAST(:codes AS text[]), CAST(:friend_ids AS bigint[]), CAST(:kinds AS text[]), CAST(:places AS text[]),
                CAST(:targets AS text[])) WITH ORDINALITY AS given (code, friend_id, kind, place, target, number)
    ORDER BY number
""")
# Codes by marker.
Codes = Mapping[str, str]


@dataclass(frozen=True)
class SendCause:
    """What makes a send, such as "workflow" and the id of its step. Nothing of a test counts."""

    kind: str
    reference: str
    is_test: bool = False


def begin_send(account_id: int, cause: SendCause) -> TrackedSend:
    """Store a send of a message set."""
    about = {"cause_kind": cause.kind, "cause_id": cause.reference, "is_test": cause.is_test}
    send = TrackedSend(account_id=account_id, **about)
    db.session.add(send)
    db.session.flush()
    return send


def accepted(send_id: int, at: datetime | None = None) -> None:
    """Note when LINE took the send, or may have taken it; what is fetched earlier does not count."""
    statement = update(TrackedSend).where(TrackedSend.id == send_id, TrackedSend.accepted_at.is_(None))
    db.session.execute(statement.values(accepted_at=at or now()))


def tracked(
    ready: CompiledSet,
    account_id: int,
    cause: SendCause,
    *,
    friend_id: int | None,
    values: Values,
    utm: Utm | None = None,
) -> tuple[CompiledSet, int | None]:
    """Return the set with short addresses, and the id of the stored send; None where nothing in it is tracked.

    The addresses belong to this friend or, with None, are shared by all recipients. Raises LinkTooLong. For many
    friends, `find_places` is called once and `personal_codes` for each batch.
    """
    found = find_places(ready, is_personal=friend_id is not None, utm=utm)
    if not found.places:
        return ready, None
    send = begin_send(account_id, cause)
    return found.with_codes(personal_codes(send.id, found.places, {friend_id: values})[friend_id]), send.id


def personal_codes(
    send_id: int, places: Sequence[TrackedPlace], people: Mapping[int | None, Values]
) -> dict[int | None, Codes]:
    """Store the links of a batch of recipients in one statement; returns each one's codes. Raises LinkTooLong."""
    codes = {friend_id: {one.marker: new_code() for one in places} for friend_id in people}
    rows = [
        (codes[friend_id][one.marker], friend_id, one.kind, one.place, one.filled(values))
        for friend_id, values in people.items()
        for one in places
    ]
    if rows:
        columns = zip(*rows, strict=True)
        lists = {name: list(column) for name, column in zip(_COLUMNS, columns, strict=True)}
        db.session.execute(_STORE, {"send_id": send_id, **lists})
    return dict(codes)

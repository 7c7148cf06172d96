"""Store a send with its short addresses, and when LINE took it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.core.clock import now
from app.core.db import db
from app.messages.content.filling import Values
from app.messages.tracking.addresses import new_code
from app.messages.tracking.models import TrackedSend
from app.messages.tracking.places import TrackedPlace

_COLUMNS = ("codes", "friend_ids", "kinds", "places", "targets")
# Of arrays: a statement for each row costs the worker half as much again.
_STORE = text("""
    INSERT INTO tracked_links (send_id, code, friend_id, kind, place, target)
    SELECT :send_id, code, friend_id, kind, place, target
    FROM unnest(CAST(:codes AS text[]), CAST(:friend_ids AS bigint[]), CAST(:kinds AS text[]), CAST(:places AS text[]),
                CAST(:targets AS text[])) WITH ORDINALITY AS given (code, friend_id, kind, place, target, number)
    ORDER BY number
""")
# Locked in one order, since several workers send parts of the same send.
_ACCEPT = text("""
    WITH fresh AS (SELECT id FROM tracked_sends WHERE id = ANY(CAST(:ids AS bigint[])) AND accepted_at IS NULL
                   ORDER BY id FOR NO KEY UPDATE)
    UPDATE tracked_sends SET accepted_at = given.at
    FROM fresh JOIN unnest(CAST(:ids AS bigint[]), CAST(:moments AS timestamptz[])) AS given (id, at) USING (id)
    WHERE tracked_sends.id = fresh.id
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
    accepted_all({send_id: at or now()})


def accepted_all(moments: Mapping[int, datetime]) -> None:
    """Note for each send when LINE took the first of it, or may have taken it; one that is noted already stays."""
    if moments:
        ids = sorted(moments)
        db.session.execute(_ACCEPT, {"ids": ids, "moments": [moments[one] for one in ids]})


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

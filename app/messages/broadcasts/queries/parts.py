"""The sends and links that the results of broadcasts consist of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, Text, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.db import db
from app.messages.broadcasts.models import Broadcast, Variant
from app.messages.broadcasts.queries.begun import begun_by_id
from app.messages.broadcasts.rendering import CAUSE
from app.messages.tracking.models import TargetKind, TrackedLink, TrackedSend

# A message set has far fewer links and images; more cannot be listed.
MOST_PLACES = 100


@dataclass(frozen=True)
class BroadcastSend:
    """A send of a broadcast; `variant` says of which message set of an A/B test it is."""

    id: int
    broadcast: Broadcast
    variant: Variant | None


def sends_of_broadcasts(account_id: int, broadcasts: Iterable[Broadcast]) -> list[BroadcastSend]:
    """Return the sends of these broadcasts of an account, in the order of the broadcasts."""
    by_id = {str(one.id): one for one in broadcasts}
    query = _sends(account_id).where(TrackedSend.cause_id.in_(by_id)).order_by(TrackedSend.id)
    rows = db.session.execute(query).all() if by_id else []
    order = {key: number for number, key in enumerate(by_id)}
    ordered = sorted(rows, key=lambda row: order[row.cause_id])
    return [BroadcastSend(row.id, by_id[row.cause_id], _variant(by_id[row.cause_id], row.id)) for row in ordered]


def sends_by_id(account_id: int, send_ids: Collection[int]) -> list[BroadcastSend]:
    """Return those of these sends that are of begun broadcasts of the account."""
    rows = db.session.execute(_sends(account_id).where(TrackedSend.id.in_(send_ids))).all() if send_ids else []
    broadcasts = begun_by_id(account_id, {int(row.cause_id) for row in rows})
    return [one for one in sends_of_broadcasts(account_id, broadcasts) if one.id in set(send_ids)]


def places_of(send_ids: Iterable[int]) -> Sequence[Any]:
    """Return one link for each place of these sends, place after place by the index: there may be millions of links."""
    found: list[Any] = []
    last = dict.fromkeys(send_ids, "")
    for _round in range(MOST_PLACES):
        rows = db.session.execute(_next_places(last)).all() if last else []
        found += rows
        last = {row.send_id: row.place for row in rows}
    return sorted(found, key=lambda row: (row.send_id, row.place))


def sends_telling_opens(places: Iterable[Any]) -> set[int]:
    """Return the sends, among those of these places, of which opens can be known.

    A phone tells an open when it loads a picture from an address of its person. Of texts with links only taps are
    known, and what LINE fetches for all, such as pictures and videos that are messages of their own, tells nothing.
    """
    return {place.send_id for place in places if place.kind == TargetKind.IMAGE}


def _sends(account_id: int) -> Select[int, str]:
    mine = TrackedSend.account_id == account_id, TrackedSend.cause_kind == CAUSE, TrackedSend.is_test.is_(False)
    return select(TrackedSend.id, TrackedSend.cause_id).where(*mine)


def _variant(broadcast: Broadcast, send_id: int) -> Variant | None:
    if broadcast.content_b is None:
        return None
    return {broadcast.tracked_send_id: Variant.A, broadcast.tracked_send_b_id: Variant.B}.get(send_id)


def _next_places(last: dict[int, str]) -> Select[Any]:
    ids, places = literal(list(last), ARRAY(BigInteger)), literal(list(last.values()), ARRAY(Text))
    given = func.unnest(ids, places).table_valued("send_id", "place").render_derived(name="given")
    columns = (TrackedLink.send_id, TrackedLink.place, TrackedLink.kind, TrackedLink.target, TrackedLink.friend_id)
    after = TrackedLink.send_id == given.c.send_id, TrackedLink.place > given.c.place
    first = select(*columns).where(*after).order_by(TrackedLink.send_id, TrackedLink.place).limit(1).lateral("first")
    return select(first).select_from(given.join(first, true()))

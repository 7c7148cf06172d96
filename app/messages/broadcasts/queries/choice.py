"""One number of a broadcast's results, opened: its people as a set of friends, how many there are, and what is known
of each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, cast, distinct, func, null, select
from sqlalchemy.types import DateTime

from app.core.db import db
from app.messages.broadcasts.deal import Deal
from app.messages.broadcasts.models import (
    Broadcast,
    BroadcastChunk,
    BroadcastRecipient,
    PartOfTest,
    RecipientState,
)
from app.messages.broadcasts.queries.people import STATE, PeopleOf, events, fetchers_of_sends, people
from app.messages.broadcasts.queries.results import sends_of
from app.messages.broadcasts.queries.variants import is_fetched_by_rest, is_of, parts_of, send_of
from app.messages.tracking.models import LinkFetch, TargetKind, TrackedLink

SET_KIND = "broadcast"
# Numbers that are kept with the broadcast while it is sent, and need not be counted.
KEPT = {PeopleOf(state.value): state for state in RecipientState}
# Numbers of which there is one for each message set and each link, too.
BY_SEND, BY_LINK = (PeopleOf.OPENED, PeopleOf.CLICKED), (PeopleOf.CLICKED,)
Recipient, Chunk = BroadcastRecipient, BroadcastChunk


@dataclass(frozen=True)
class PeopleChoice:
    """The people of a number: of the whole broadcast, of one of its sends (a message set), or of one link of a send.

    With `part` only those of a part of an A/B test.
    """

    broadcast: Broadcast
    kind: PeopleOf
    send_id: int | None = None
    place: str = ""
    part: PartOfTest | None = None

    @property
    def key(self) -> str:
        """Return the key by which lists of friends are narrowed to these people."""
        kind = f"{self.kind}.{self.part}" if self.part else self.kind.value
        parts = [str(self.broadcast.id), kind, str(self.send_id or ""), self.place]
        return f"{SET_KIND}-{'-'.join(parts).rstrip('-')}"

    @property
    def args(self) -> dict[str, Any]:
        """Return the values of the addresses that are about these people."""
        given = {"send": self.send_id, "place": self.place, "part": self.part and self.part.value}
        chosen = {name: value for name, value in given.items() if value}
        return {
            "account_id": self.broadcast.account_id,
            "broadcast_id": self.broadcast.id,
            "kind": self.kind.value,
            **chosen,
        }

    @property
    def ids(self) -> Select[Any]:
        """Select `friend_id` of these people; one may come several times."""
        return self._narrowed(self._fetchers if self.kind in BY_SEND else people(self.kind, [self.broadcast.id]))

    @property
    def _fetchers(self) -> Select[Any]:
        """Select `friend_id` of who opened or clicked, by the broadcast's sends, which its row names."""
        sends = (self.broadcast.tracked_send_id, self.broadcast.tracked_send_b_id)
        kinds = [TargetKind.LINK] if self.kind is PeopleOf.CLICKED else list(TargetKind)
        return fetchers_of_sends([one for one in sends if one is not None], kinds)

    @property
    def is_kept(self) -> bool:
        """Return whether the number is kept with the broadcast, and need not be counted."""
        return self.send_id is None and self.part is None and self.kind in (*KEPT, PeopleOf.RECIPIENTS)

    def count(self) -> int:
        """Return how many people there are, as the results say."""
        if self.is_kept and self.kind is PeopleOf.RECIPIENTS:
            return sum(map(int, self.broadcast.counts.values()))
        if self.is_kept:
            return int(self.broadcast.counts.get(KEPT[self.kind], 0))
        found = self.ids.subquery("people")
        return int(db.session.scalar(select(func.count(distinct(found.c.friend_id)))) or 0)

    @property
    def known(self) -> Subquery:
        """Select what is known of each recipient: `friend_id`, `state`, `reason`, `sent_at` and `happened_at`."""
        sent_at = case((STATE == RecipientState.SENT, Chunk.settled_at))
        columns = (
            Recipient.friend_id,
            STATE.label("state"),
            func.coalesce(Recipient.reason, Chunk.reason).label("reason"),
            sent_at.label("sent_at"),
            self._happened_at.label("happened_at"),
        )
        mine = and_(Chunk.broadcast_id == Recipient.broadcast_id, Chunk.number == Recipient.chunk)
        query = select(*columns).join(Chunk, mine).where(Recipient.broadcast_id == self.broadcast.id)
        return query.subquery("known")

    @property
    def _happened_at(self) -> ColumnElement[Any]:
        """Return when the person of the row first did what the number counts."""
        is_fetched = self.kind in BY_SEND
        at = LinkFetch.fetched_at.label("at")
        found = self._fetchers.add_columns(at) if is_fetched else events(self.kind, self.broadcast.id)
        if found is None:
            return cast(null(), DateTime(timezone=True))
        each = self._narrowed(found).subquery("events")
        # Looked up person by person: there may be a million others.
        of_person = select(each.c.at).where(each.c.friend_id == Recipient.friend_id).order_by(each.c.at).limit(1)
        return of_person.scalar_subquery()

    def _narrowed(self, query: Select[Any]) -> Select[Any]:
        if self.send_id is not None:
            query = query.where(TrackedLink.send_id == self.send_id)
        if self.part is not None:
            query = query.where(*_is_of_part(self.broadcast, self.kind, self.part))
        return query.where(TrackedLink.place == self.place) if self.place else query


def choice_of(
    broadcast: Broadcast, kind: str, send_id: int | None = None, place: str = "", part: str = ""
) -> PeopleChoice | None:
    """Return the number of these values, if the broadcast has such a one."""
    if kind not in set(PeopleOf) or not broadcast.is_frozen:
        return None
    choice = PeopleChoice(broadcast, PeopleOf(kind), send_id, place)
    if part:
        deal = Deal.of(broadcast)
        is_known = deal is not None and part in parts_of(broadcast, deal) and not (send_id or place)
        return replace(choice, part=PartOfTest(part)) if is_known else None
    if send_id is None:
        return None if place else choice
    is_known = choice.kind in (BY_LINK if place else BY_SEND) and _has_place(broadcast, send_id, place)
    return choice if is_known else None


def _is_of_part(broadcast: Broadcast, kind: PeopleOf, part: PartOfTest) -> list[ColumnElement[bool]]:
    """Return the conditions on the people of a number that they belong to the part, as the results count them."""
    if kind not in BY_SEND:
        return [is_of(part)]
    is_of_rest = is_fetched_by_rest(broadcast)
    return [TrackedLink.send_id == send_of(broadcast, part), is_of_rest if part is PartOfTest.REST else ~is_of_rest]


def _has_place(broadcast: Broadcast, send_id: int, place: str) -> bool:
    if send_id not in db.session.scalars(sends_of(broadcast)).all():
        return False
    mine = select(TrackedLink.id).where(TrackedLink.send_id == send_id, TrackedLink.place == place)
    return not place or db.session.scalar(mine.limit(1)) is not None


def known_of(choice: PeopleChoice, friend_ids: Sequence[int]) -> dict[int, Any]:
    """Return what is known of these people, by friend id."""
    known = choice.known
    rows = db.session.execute(select(known).where(known.c.friend_id.in_(friend_ids)))
    return {row.friend_id: row for row in rows}


def target_of(choice: PeopleChoice) -> str:
    """Return where the link leads whose clicks are counted; empty for a number of all links."""
    mine = TrackedLink.send_id == choice.send_id, TrackedLink.place == choice.place
    return db.session.scalar(select(TrackedLink.target).where(*mine).limit(1)) or "" if choice.place else ""

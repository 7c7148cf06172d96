"""The results of a broadcast: set-based reads of the ledger, the tracked links, and what friends did afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, distinct, extract, func, literal, select, true, tuple_

from app.core.db import db, tune_for_heavy_query
from app.messages.broadcasts.deal import Deal
from app.messages.broadcasts.models import Broadcast, PartOfTest, RecipientState
from app.messages.broadcasts.queries.parts import places_of, sends_telling_opens
from app.messages.broadcasts.queries.people import PeopleOf, people
from app.messages.broadcasts.queries.variants import (
    count_blocked_before,
    count_sent,
    is_fetched_by_rest,
    parts_of,
    send_of,
)
from app.messages.broadcasts.rates import Rates, ReachedRates
from app.messages.broadcasts.rendering import CAUSE
from app.messages.tracking.models import FetchState, LinkFetch, TargetKind, TrackedLink, TrackedSend

# So many hours from the start are drawn.
HOURS = 72


@dataclass(frozen=True)
class LinkFigures:
    """One link of the messages. `people` is None where it is shared and no click told whose it was.

    `variant` is "a" or "b" of an A/B test. `is_personal` says that its address differs from person to person.
    """

    send_id: int
    place: str
    target: str
    is_personal: bool
    clicks: int
    people: int | None
    variant: str | None = None


@dataclass(frozen=True)
class HourFigures:
    """Images loaded and links clicked within an hour, counted from the start of the broadcast."""

    number: int
    loads: int
    clicks: int


@dataclass(frozen=True)
class VariantFigures(ReachedRates):
    """What became of a message set of an A/B test, in its half of the test or, where it has won, among the rest.

    People are counted once each; `opened` and `clicked` are None where no one can know. `clicks` are all taps.
    """

    part: PartOfTest
    variant: str
    sent: int
    delivered: int
    opened: int | None
    clicked: int | None
    clicks: int


@dataclass(frozen=True)
class BroadcastFigures(Rates):
    """The numbers of a broadcast. People are counted once each; `opened` and `clicked` are None where no one can know.

    `sent`: LINE took it. `delivered`: of these, all who are not known to have blocked the account by then.
    """

    recipients: int
    sent: int
    refused: int
    unknown: int
    not_sent: int
    waiting: int
    blocked_before: int
    opened: int | None
    clicked: int | None
    clicks: int
    replied: int
    blocked: int
    links: Sequence[LinkFigures]
    hours: Sequence[HourFigures]
    variants: Sequence[VariantFigures]

    @property
    def delivered(self) -> int:
        """Return how many people LINE took the message for who had not blocked the account by then."""
        return self.sent - self.blocked_before


def figures_of(broadcast: Broadcast) -> BroadcastFigures:
    """Return the figures of a frozen broadcast as they are now."""
    counts = {state: int(broadcast.counts.get(state.value, 0)) for state in RecipientState}
    found = _Fetched(broadcast)
    return BroadcastFigures(
        recipients=sum(counts.values()),
        sent=counts[RecipientState.SENT],
        refused=counts[RecipientState.REFUSED],
        unknown=counts[RecipientState.UNKNOWN],
        not_sent=counts[RecipientState.NOT_SENT],
        waiting=counts[RecipientState.WAITING],
        blocked_before=_count(PeopleOf.BLOCKED_BEFORE, broadcast.id),
        replied=_count(PeopleOf.REPLIED, broadcast.id),
        blocked=_count(PeopleOf.BLOCKED, broadcast.id),
        opened=found.opened,
        clicked=found.clicked,
        clicks=found.clicks,
        links=found.links,
        hours=found.hours,
        variants=found.variants,
    )


def _count(kind: PeopleOf, broadcast_id: int) -> int:
    found = people(kind, [broadcast_id]).subquery("people")
    return int(db.session.scalar(select(func.count(distinct(found.c.friend_id)))) or 0)


class _Fetched:
    """What was fetched of a broadcast, by one scan of its fetches."""

    def __init__(self, broadcast: Broadcast) -> None:
        self._broadcast = broadcast
        variants = {broadcast.tracked_send_id: "a", broadcast.tracked_send_b_id: "b"}
        self._variants = variants if broadcast.content_b is not None else {}
        self._sends = list(db.session.scalars(sends_of(broadcast)))
        rows = list(db.session.execute(_statement(broadcast, self._sends))) if self._sends else []
        self._by_set: dict[int, list[Any]] = {}
        for row in rows:
            self._by_set.setdefault(row.level, []).append(row)
        self._places = places_of(self._sends)
        self._telling_opens = sends_telling_opens(self._places)

    # Levels of GROUPING(send_id, place, kind, hour, is_rest): a bit is set where the column is not grouped by.
    ALL, BY_KIND, BY_PLACE, BY_HOUR = 0b11111, 0b11011, 0b00011, 0b11001
    BY_PART, BY_PART_AND_KIND = 0b01110, 0b01010

    def _rows(self, level: int) -> list[Any]:
        return self._by_set.get(level, [])

    @property
    def opened(self) -> int | None:
        """The people who opened it, unless one of its message sets tells no opens."""
        sets = set(self._variants or self._sends)
        tells = bool(sets) and sets <= self._telling_opens
        return sum(row.people for row in self._rows(self.ALL)) if tells else None

    @property
    def clicked(self) -> int | None:
        known = sum(row.people for row in self._rows(self.BY_KIND) if row.kind == TargetKind.LINK)
        return known if known or self._tells_people else None

    @property
    def _tells_people(self) -> bool:
        """Whether addresses belong to people, so that a zero means that no one did it."""
        return any(place.friend_id is not None for place in self._places)

    @property
    def clicks(self) -> int:
        return sum(row.fetches for row in self._rows(self.BY_KIND) if row.kind == TargetKind.LINK)

    @property
    def links(self) -> list[LinkFigures]:
        known = {(row.send_id, row.place): row for row in self._rows(self.BY_PLACE)}
        links = [place for place in self._places if place.kind == TargetKind.LINK]
        return [self._link(place, known.get((place.send_id, place.place))) for place in links]

    def _link(self, place: Any, row: Any) -> LinkFigures:
        is_own = place.friend_id is not None
        return LinkFigures(
            place.send_id,
            place.place,
            place.target,
            bool(row is not None and row.first_target != row.last_target),
            row.fetches if row else 0,
            row.people if row and (row.people or is_own) else 0 if is_own else None,
            self._variants.get(place.send_id),
        )

    @property
    def hours(self) -> list[HourFigures]:
        found: dict[tuple[int, str], int] = {
            (int(row.hour), row.kind): row.fetches for row in self._rows(self.BY_HOUR) if 0 <= row.hour < HOURS
        }
        last = max((hour for hour, _kind in found), default=-1)
        return [
            HourFigures(hour, found.get((hour, TargetKind.IMAGE), 0), found.get((hour, TargetKind.LINK), 0))
            for hour in range(last + 1)
        ]

    @property
    def variants(self) -> list[VariantFigures]:
        deal = Deal.of(self._broadcast)
        if deal is None:
            return []
        sent, blocked = count_sent(self._broadcast, deal), count_blocked_before(self._broadcast)
        return [self._variant(part, sent[part], blocked[part]) for part in parts_of(self._broadcast, deal)]

    def _variant(self, part: PartOfTest, sent: int, blocked: int) -> VariantFigures:
        send_id, is_rest = send_of(self._broadcast, part), part is PartOfTest.REST
        opened = self._of_part(self.BY_PART, send_id, is_rest)
        links = self._of_part(self.BY_PART_AND_KIND, send_id, is_rest, TargetKind.LINK)
        return VariantFigures(
            part,
            (self._broadcast.winner or "") if is_rest else part.value,
            sent,
            sent - blocked,
            (opened.people if opened else 0) if send_id in self._telling_opens else None,
            self._known(send_id, links.people if links else 0),
            links.fetches if links else 0,
        )

    def _of_part(self, level: int, send_id: int | None, is_rest: bool, kind: TargetKind | None = None) -> Any:
        rows = (row for row in self._rows(level) if (row.send_id, row.is_rest, row.kind) == (send_id, is_rest, kind))
        return next(rows, None)

    def _known(self, send_id: int | None, people: int) -> int | None:
        """Return the people who did it with a send; None for a zero that only says that addresses were shared."""
        is_own = any(place.friend_id is not None for place in self._places if place.send_id == send_id)
        return people if people or is_own else None


def sends_of(broadcast: Broadcast) -> Select[Any]:
    """Select the ids of the sends that the links and images of a broadcast belong to."""
    cause = TrackedSend.cause_kind == CAUSE, TrackedSend.cause_id == str(broadcast.id)
    mine = TrackedSend.account_id == broadcast.account_id, TrackedSend.is_test.is_(False)
    return select(TrackedSend.id).where(*mine, *cause).order_by(TrackedSend.id)


def _statement(broadcast: Broadcast, sends: Iterable[int]) -> Select[Any]:
    """Count fetches and people by everything that the page shows, in one scan, so that its numbers agree."""
    tune_for_heavy_query(db.session.connection())
    since = extract("epoch", LinkFetch.fetched_at - broadcast.started_at) / timedelta(hours=1).total_seconds()
    fetched = (
        select(
            TrackedLink.send_id,
            TrackedLink.place,
            TrackedLink.kind,
            func.trunc(since).label("hour"),
            TrackedLink.target,
            LinkFetch.friend_id,
            (is_fetched_by_rest(broadcast) if broadcast.content_b is not None else literal(False)).label("is_rest"),
        )
        .join(LinkFetch, and_(LinkFetch.link_id == TrackedLink.id, LinkFetch.state == FetchState.COUNTED))
        .where(TrackedLink.send_id.in_(sends))
        .subquery("fetched")
    )
    one = fetched.c
    sets = func.grouping_sets(
        tuple_(), tuple_(one.kind), tuple_(one.send_id, one.is_rest), tuple_(one.send_id, one.kind, one.is_rest),
        tuple_(one.send_id, one.place, one.kind), tuple_(one.kind, one.hour),
    )  # fmt: skip
    columns = (one.send_id, one.place, one.kind, one.hour, one.is_rest)
    return (
        select(
            func.grouping(*columns).label("level"),
            *columns,
            func.count().label("fetches"),
            func.count(distinct(one.friend_id)).label("people"),
            func.min(one.target).label("first_target"),
            func.max(one.target).label("last_target"),
        )
        .where(true())
        .group_by(sets)
    )

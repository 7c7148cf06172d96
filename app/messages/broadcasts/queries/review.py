"""What a member looks at before a broadcast is confirmed: people, message units, and what is good to know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.i18n import Text, number
from app.friends.models import Friend
from app.line.models import Account
from app.messages.broadcasts.deal import Deal
from app.messages.broadcasts.durations import Durations, durations_of
from app.messages.broadcasts.models import Broadcast, TrackingKind, Variant, Way, in_yen
from app.messages.broadcasts.queries.audience import AudienceChoice, BroadcastAudience, audience_for, count_audience
from app.messages.broadcasts.queries.reach import count_capped, count_reached_often
from app.messages.broadcasts.queries.review_people import OFTEN, OFTEN_DAYS, some_ids, unknown_of
from app.messages.broadcasts.queries.rules import QuietHours, price_of, quiet_hours
from app.messages.broadcasts.quota import MonthUnits, units_of
from app.messages.broadcasts.timing import Timing, timing_of
from app.messages.broadcasts.words import month_words
from app.messages.composer.warnings import notes_of, warnings_of
from app.messages.content.compiled import CompiledSet, marked
from app.messages.content.filling import TooLong, Values
from app.messages.content.message_set import MessageSet, read
from app.messages.content.personal_values import longest_and_emptiest, personal_values, values_for
from app.messages.content.proof import Proof, built_for, prove
from app.messages.preview.phone import Phone, phone
from app.messages.sending.frequency import cap_of
from app.messages.sending.models import FrequencyCap
from app.messages.tracking.models import TargetKind
from app.messages.tracking.places import find_places
from app.segments.queries.counting import Numbers

# Friends of the audience for whom the preview is drawn.
SHOWN = 5


class OwnPart(StrEnum):
    """What differs from person to person: VALUES that texts name, or ADDRESSES that count opens and clicks."""

    VALUES = "values"
    ADDRESSES = "addresses"


@dataclass(frozen=True)
class DeliveryWay:
    """How messages reach LINE, and what makes them go one by one."""

    way: Way
    own_part: OwnPart | None


@dataclass(frozen=True)
class BroadcastReview:
    """People now, the units of the month it is sent in, and when it would be sent.

    `units` are without this broadcast. One is kept for each person who is reachable, also for those whom the frequency
    cap leaves out now, since who they are is settled when it starts.
    """

    account: Account
    broadcast: Broadcast
    audience: BroadcastAudience
    numbers: Numbers
    units: MonthUnits
    delivery: DeliveryWay
    counted_at: datetime

    @property
    def wanted(self) -> int:
        """Return the units that it takes."""
        return self.numbers.reachable

    @cached_property
    def cap(self) -> FrequencyCap | None:
        """Return the frequency cap of the account."""
        return cap_of(self.account.id)

    @cached_property
    def capped(self) -> int:
        """Return how many of the reachable people the frequency cap leaves out."""
        return count_capped(self.audience)

    @property
    def recipients(self) -> int:
        """Return how many people it would be sent to now."""
        return self.numbers.reachable - self.capped

    @cached_property
    def durations(self) -> Durations:
        """Return how long sending to these people takes, one by one and to many at once."""
        return durations_of(self.recipients)

    @property
    def deal(self) -> Deal | None:
        """Return how an A/B test deals out the people to whom it would be sent now; None without one."""
        share = self.broadcast.test_share
        return None if share is None else Deal.of_people(self.recipients, share)

    @property
    def month(self) -> str:
        """Return the month whose units it takes, by name."""
        return month_words(self.broadcast.scheduled_at or now())

    @property
    def left_after(self) -> int | None:
        """Return what is left of the month after it, below zero where it does not suffice; None without a limit."""
        return None if self.units.left is None else self.units.left - self.wanted

    @property
    def price(self) -> str:
        """Return the account's price of a message in yen, as it is written; empty where none is set."""
        price = price_of(self.account.id)
        return "" if price is None else number(float(price))

    @property
    def yen(self) -> int | None:
        """Return what its messages cost at the account's price, in whole yen; None where no price is set."""
        price = price_of(self.account.id)
        return None if price is None else in_yen(price, self.wanted)

    @property
    def quiet(self) -> QuietHours | None:
        """Return the account's quiet hours; None where it has none."""
        return quiet_hours(self.account.id)

    @cached_property
    def timing(self) -> Timing:
        """Return when it would be sent."""
        return timing_of(self.broadcast, self.delivery.way, self.recipients, self.deal)


@dataclass(frozen=True)
class UnknownValue:
    """A personal value that is not known of some of the recipients who were looked at."""

    name: str
    label: str
    people: int
    of: int


@dataclass(frozen=True)
class OftenReached:
    """Recipients who got `times` broadcasts or more within so many days."""

    people: int
    times: int
    days: int


@dataclass(frozen=True)
class SetChecks:
    """What is good to know of a message set. `lacks_links`: it cannot be clicked on, and clicks choose the winner."""

    proof: Proof
    unknown: list[UnknownValue]
    warnings: list[Text]
    notes: list[Text]
    lacks_links: bool


def review_of(account: Account, broadcast: Broadcast) -> BroadcastReview:
    """Return the review as things are now; raises one of AUDIENCE_TROUBLE."""
    audience = audience_for(account.id, AudienceChoice.read(broadcast.audience))
    numbers = count_audience(audience)
    units = units_of(account, broadcast.scheduled_at or now(), without_id=broadcast.id)
    return BroadcastReview(account, broadcast, audience, numbers, units, delivery_of(broadcast), now())


def delivery_of(broadcast: Broadcast) -> DeliveryWay:
    """Return how it will reach LINE: by push where something differs from person to person."""
    found = [_own_part(broadcast, read(one)) for one in broadcast.contents.values()]
    own = next((one for one in OwnPart if one in found), None)
    return DeliveryWay(Way.PUSH if own else Way.MULTICAST, own)


def checks_of(account_id: int, broadcast: Broadcast, review: BroadcastReview | None) -> dict[Variant, SetChecks]:
    """Return the checks of each message set; asks LINE. Without a review recipients are not looked at."""
    found = {}
    for variant, stored in broadcast.contents.items():
        content = read(stored)
        proof, ready = prove(account_id, content), built_for(account_id, content).ready
        unknown = unknown_values(review, ready.names) if review else []
        messages = ready.messages({}) if proof.is_good else []
        warnings = warnings_of(content, messages) if proof.is_good else []
        lacks_links = broadcast.winner_after_hours is not None and not _has_links(ready)
        found[variant] = SetChecks(proof, unknown, warnings, notes_of(messages), lacks_links)
    return found


def counts_browsers(account: Account, broadcast: Broadcast) -> bool:
    """Return whether a test's winner is found by browsers, since addresses that all share tell no people."""
    has_winner = broadcast.winner_after_hours is not None and broadcast.tracking == TrackingKind.LINK
    sets = (built_for(account.id, read(stored)).ready for stored in broadcast.contents.values())
    return has_winner and account.liff_id is None and any(map(_has_links, sets))


def faulty_sets(account_id: int, broadcast: Broadcast) -> list[Variant]:
    """Return the message sets that cannot be used as they are, without asking LINE."""
    return [one for one, stored in broadcast.contents.items() if built_for(account_id, read(stored)).problems]


def some_friends(review: BroadcastReview) -> list[Friend]:
    """Return a few reachable friends of the audience, by id."""
    ids = some_ids(review.audience, SHOWN)
    return list(db.session.scalars(select(Friend).where(Friend.id.in_(ids)).order_by(Friend.id)))


def drawn_for(account_id: int, content: MessageSet, whom: str | int) -> Phone:
    """Return the messages for a friend's id, for "longest" values, or where nothing is known.

    A set with an address that grows too long shows no messages.
    """
    ready = built_for(account_id, content).ready
    try:
        return phone(marked(ready, _values(account_id, ready, whom)))
    except TooLong:
        return phone([])


def unknown_values(review: BroadcastReview, names: Iterable[str]) -> list[UnknownValue]:
    """Return the personal values of these names that are unknown of recipients, among the first so many."""
    types = personal_values(review.account.id)
    wanted = [name for name in names if name in types and not types[name].is_always_known]
    found, looked_at = unknown_of(review.audience, wanted)
    return [UnknownValue(name, str(types[name].label), len(ids), looked_at) for name, ids in found.items() if ids]


def often_reached(review: BroadcastReview) -> OftenReached | None:
    """Return how many recipients are reached often; None where a cap leaves such people out."""
    people = 0 if review.cap else count_reached_often(review.audience, OFTEN, OFTEN_DAYS)
    return OftenReached(people, OFTEN, OFTEN_DAYS) if people else None


def _values(account_id: int, ready: CompiledSet, whom: str | int) -> Values:
    if isinstance(whom, int):
        return values_for(account_id, [whom], ready.names).get(whom, {})
    longest, emptiest = longest_and_emptiest(account_id, ready.names)
    return longest if whom == "longest" else emptiest


def _own_part(broadcast: Broadcast, content: MessageSet) -> OwnPart | None:
    """Return what makes the messages differ from person to person; None where they are the same for all."""
    ready = built_for(broadcast.account_id, content).ready
    if ready.names:
        return OwnPart.VALUES
    if broadcast.tracking != TrackingKind.PERSON:
        return None
    try:
        return OwnPart.ADDRESSES if find_places(ready, is_personal=True, utm=content.utm).places else None
    except TooLong:
        return OwnPart.ADDRESSES


def _has_links(ready: CompiledSet) -> bool:
    """Return whether a click on the messages can be counted; an address that is too long is complained of elsewhere."""
    try:
        return any(place.kind == TargetKind.LINK for place in find_places(ready, is_personal=True, utm=None).places)
    except TooLong:
        return True

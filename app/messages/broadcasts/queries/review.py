"""What a member looks at before a broadcast is confirmed: people, message units, and what is good to know."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.i18n import number
from app.friends.models import FollowStatus, Friend
from app.line.models import Account
from app.messages.broadcasts.durations import Durations, durations_of
from app.messages.broadcasts.models import Broadcast, TrackingKind, Way
from app.messages.broadcasts.queries.audience import AudienceChoice, BroadcastAudience, audience_for, count_audience
from app.messages.broadcasts.queries.reach import count_reached_often
from app.messages.broadcasts.queries.rules import QuietHours, price_of, quiet_hours
from app.messages.broadcasts.quota import MonthUnits, units_of
from app.messages.content.compiled import CompiledSet, marked
from app.messages.content.filling import TooLong, Values
from app.messages.content.message_set import MessageSet, read
from app.messages.content.personal_values import longest_and_emptiest, personal_values, values_for
from app.messages.content.proof import built_for
from app.messages.preview.phone import Phone, phone
from app.messages.sending.frequency import cap_of
from app.messages.sending.models import FrequencyCap
from app.messages.tracking.places import find_places
from app.segments.queries.counting import Numbers

# Friends of the audience for whom the preview is drawn, and of whom values are looked up.
SHOWN, LOOKED_AT = 5, 1_000
# People who got so many messages within so many days are told of.
OFTEN, OFTEN_DAYS = 3, 7


@dataclass(frozen=True)
class BroadcastReview:
    """People now, the units of the month it is sent in, and how long sending takes.

    `units` are without this broadcast; it takes one for each person who is reachable.
    """

    account: Account
    broadcast: Broadcast
    audience: BroadcastAudience
    numbers: Numbers
    units: MonthUnits
    durations: Durations
    way: Way
    counted_at: datetime

    @property
    def wanted(self) -> int:
        """Return the units that it takes."""
        return self.numbers.reachable

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
        return None if price is None else math.ceil(price * self.wanted)

    @property
    def quiet(self) -> QuietHours | None:
        """Return the account's quiet hours if it is to be sent within them."""
        quiet = quiet_hours(self.account.id)
        return quiet if quiet is not None and quiet.hold_at(self.broadcast.scheduled_at or now()) else None

    @property
    def seconds(self) -> int:
        """Return how long sending takes."""
        fast = self.durations.push if self.way is Way.PUSH else self.durations.multicast
        return max(fast, self.broadcast.spread_minutes * 60)


@dataclass(frozen=True)
class UnknownValue:
    """A personal value that is not known of some of the recipients who were looked at."""

    label: str
    people: int
    of: int


@dataclass(frozen=True)
class OftenReached:
    """Recipients who got `times` broadcasts or more within so many days; with a cap they are left out."""

    people: int
    times: int
    days: int
    is_cap: bool


def review_of(account: Account, broadcast: Broadcast) -> BroadcastReview:
    """Return the review as things are now; raises SegmentGone."""
    audience = audience_for(account.id, AudienceChoice.read(broadcast.audience))
    numbers = count_audience(audience)
    units = units_of(account, broadcast.scheduled_at or now(), without_id=broadcast.id)
    return BroadcastReview(
        account, broadcast, audience, numbers, units, durations_of(numbers.reachable), way_of(broadcast), now()
    )


def way_of(broadcast: Broadcast) -> Way:
    """Return how it will reach LINE: by push where something differs from person to person."""
    contents = [read(one) for one in (broadcast.content, broadcast.content_b) if one]
    return Way.PUSH if any(_is_own(broadcast, one) for one in contents) else Way.MULTICAST


def some_friends(review: BroadcastReview) -> list[Friend]:
    """Return a few reachable friends of the audience, by id."""
    ids = _some_ids(review.audience, SHOWN)
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


def unknown_values(review: BroadcastReview) -> list[UnknownValue]:
    """Return the personal values of the messages that are unknown of recipients, among the first so many."""
    account_id = review.account.id
    names = built_for(account_id, read(review.broadcast.content)).ready.names
    types = personal_values(account_id)
    wanted = [name for name in names if name in types and not types[name].is_always_known]
    ids = _some_ids(review.audience, LOOKED_AT) if wanted else []
    known = values_for(account_id, ids, wanted) if ids else {}
    found = {name: sum(not one.get(name) for one in known.values()) for name in wanted}
    return [UnknownValue(str(types[name].label), people, len(ids)) for name, people in found.items() if people]


def often_reached(review: BroadcastReview) -> OftenReached | None:
    """Return how many recipients are reached often: by the account's cap, else by what is told of in any case."""
    cap: FrequencyCap | None = cap_of(review.account.id)
    times, days = (cap.most, cap.days) if cap is not None else (OFTEN, OFTEN_DAYS)
    people = count_reached_often(review.audience, times, days)
    return OftenReached(people, times, days, cap is not None) if people else None


def _some_ids(audience: BroadcastAudience, most: int) -> list[int]:
    found = audience.friends().subquery("audience")
    following = select(found.c.id).where(found.c.follow_status == FollowStatus.FOLLOWING)
    return list(db.session.scalars(following.order_by(found.c.id).limit(most)))


def _values(account_id: int, ready: CompiledSet, whom: str | int) -> Values:
    if isinstance(whom, int):
        return values_for(account_id, [whom], ready.names).get(whom, {})
    longest, emptiest = longest_and_emptiest(account_id, ready.names)
    return longest if whom == "longest" else emptiest


def _is_own(broadcast: Broadcast, content: MessageSet) -> bool:
    """Return whether each person gets messages of their own."""
    ready = built_for(broadcast.account_id, content).ready
    if ready.names or broadcast.tracking != TrackingKind.PERSON:
        return bool(ready.names)
    try:
        return bool(find_places(ready, is_personal=True, utm=content.utm).places)
    except TooLong:
        return True

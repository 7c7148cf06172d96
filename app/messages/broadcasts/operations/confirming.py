"""Confirm a broadcast, by a second person where the account's rules say so, and take a confirmation back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotAllowed
from app.core.i18n import _l
from app.messages.broadcasts.locking import back_to_draft, check_time, locked, locked_draft
from app.messages.broadcasts.models import Broadcast, BroadcastState, Variant
from app.messages.broadcasts.operations.drafts import BroadcastChanged
from app.messages.broadcasts.queries.audience import (
    AUDIENCE_TROUBLE,
    AudienceChoice,
    BroadcastAudience,
    audience_for,
    count_audience,
    trouble_words,
)
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.queries.reach import count_capped
from app.messages.broadcasts.queries.rules import price_of, rules_of
from app.messages.broadcasts.reserving import check_units, locked_account
from app.messages.broadcasts.reviewed import counted_now
from app.messages.broadcasts.schedule import order_start
from app.messages.content.message_set import read
from app.messages.content.proof import prove
from app.segments.models import Segment
from app.team import audit
from app.team.actors import Actor, ActorKind
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "broadcast.confirmed": _l("confirmed the broadcast %(target)s"),
        "broadcast.confirmed_first": _l("confirmed the broadcast %(target)s, which needs a second person"),
        "broadcast.confirmation_withdrawn": _l("withdrew the confirmation of the broadcast %(target)s"),
        "broadcast.cancelled": _l("cancelled the scheduled broadcast %(target)s"),
    }
)
KEY_IS_NO_PERSON = _l(
    "Two members have to confirm each broadcast of this account, and an API key is neither. Confirm it in the console."
)

# The field that holds each message set.
FIELDS = {Variant.A: "content", Variant.B: "content_b"}


@dataclass(frozen=True)
class Start:
    """When a broadcast starts: at a moment, shown in a zone, or as soon as it is confirmed."""

    at: datetime | None = None
    time_zone: str | None = None


@operation(Permission.CONFIRM_BROADCASTS)
def confirm(account_id: int, broadcast_id: int, *, seen: int, start: Start | None = None, actor: Actor) -> Broadcast:
    """Confirm the version that was `seen`: its message units are reserved, and it starts at its time, or now.

    `start` takes the place of the draft's time. Where the account's rules ask for a second person, the first
    confirmation leaves it a draft, and an API key cannot confirm. Asks LINE about the messages, so what was written
    before is committed. Raises InvalidInput for the content and the time, Conflict where units are missing or the
    account is not connected, BroadcastChanged, NotFound, NotAllowed for a key and a second word of the first person.
    """
    if rules_of(account_id).needs_second and actor.kind is ActorKind.API_KEY:
        raise NotAllowed(KEY_IS_NO_PERSON)
    _prove(account_id, get_broadcast(account_id, broadcast_id).contents)
    account = locked_account(account_id)
    confirmed = locked_draft(account_id, broadcast_id)
    if confirmed.version != seen:
        raise BroadcastChanged(confirmed)
    if start is not None:
        _take_start(confirmed, start)
    check_time(confirmed.scheduled_at)
    if not account.is_connected:
        raise Conflict(_l("This LINE Official Account is disconnected. Connect it again in its settings."))
    audience = _audience(confirmed)
    numbers = count_audience(audience)
    check_units(account, confirmed, numbers.reachable, confirmed.scheduled_at or now())
    return _note(confirmed, counted_now(numbers, count_capped(audience)), actor)


def _prove(account_id: int, contents: Mapping[Variant, Mapping[str, Any]]) -> None:
    """Raise InvalidInput for messages that cannot be sent, with the name of the set before each place.

    The broadcast itself is not looked at: it may be deleted while LINE is asked.
    """
    for variant, stored in contents.items():
        try:
            prove(account_id, read(stored)).require()
        except InvalidInput as refusal:
            name = FIELDS[variant]
            fields = {f"{name}.{path}" if path else "": words for path, words in refusal.fields.items()}
            raise InvalidInput(fields) from None


def _take_start(broadcast: Broadcast, start: Start) -> None:
    if (broadcast.scheduled_at, broadcast.time_zone) != (start.at, start.time_zone):
        broadcast.scheduled_at, broadcast.time_zone = start.at, start.time_zone
        broadcast.version += 1


def _audience(broadcast: Broadcast) -> BroadcastAudience:
    """Return the audience, whose segments cannot be deleted from here until the broadcast holds them."""
    choice = AudienceChoice.read(broadcast.audience)
    kept = select(Segment.id).where(Segment.id.in_(choice.segment_ids)).order_by(Segment.id)
    db.session.execute(kept.with_for_update(read=True, key_share=True))
    try:
        return audience_for(broadcast.account_id, choice)
    except AUDIENCE_TROUBLE as trouble:
        raise Conflict(trouble_words(trouble)) from None


def _note(confirmed: Broadcast, counted: Mapping[str, Any], actor: Actor) -> Broadcast:
    """Store the confirmation of this person; the last one that is needed schedules the broadcast."""
    account_id = confirmed.account_id
    confirmed.reviewed, reachable = dict(counted), int(counted["reachable"])
    needs_second = rules_of(account_id).needs_second
    # A first confirmation counts for nothing once the rule is gone.
    is_second = needs_second and confirmed.confirmed_at is not None
    if needs_second and not is_second:
        confirmed.confirmed_by, confirmed.confirmed_at = actor.member_id, now()
        audit.record(actor, "broadcast.confirmed_first", target=confirmed, account_id=account_id)
        return confirmed
    if is_second and confirmed.confirmed_by == actor.member_id:
        raise NotAllowed(_l("You have confirmed this broadcast already. It needs the word of another member."))
    if is_second:
        confirmed.seconded_by = actor.member_id
    else:
        confirmed.confirmed_by = actor.member_id
        confirmed.confirmed_by_key = actor.id if actor.kind is ActorKind.API_KEY else None
    confirmed.confirmed_at, confirmed.reserved_units = now(), reachable
    confirmed.price_yen = price_of(account_id)
    confirmed.state = BroadcastState.SCHEDULED
    confirmed.reason, confirmed.reason_values = None, {}
    order_start(confirmed, at=confirmed.scheduled_at)
    audit.record(actor, "broadcast.confirmed", target=confirmed, account_id=account_id, reachable=reachable)
    return confirmed


@operation(Permission.CONFIRM_BROADCASTS)
def withdraw_confirmation(account_id: int, broadcast_id: int, *, actor: Actor) -> Broadcast:
    """Take back the first of two confirmations; raises NotFound, Conflict where the draft has none of this person."""
    found = locked_draft(account_id, broadcast_id)
    if found.confirmed_at is None or found.confirmed_by != actor.member_id:
        raise Conflict(_l("There is no confirmation of yours to withdraw."))
    found.confirmed_by = found.confirmed_at = found.reviewed = None
    audit.record(actor, "broadcast.confirmation_withdrawn", target=found, account_id=account_id)
    return found


@operation(Permission.BROADCASTS, Permission.CONFIRM_BROADCASTS)
def cancel_scheduled(account_id: int, broadcast_id: int, *, actor: Actor) -> Broadcast:
    """Make a scheduled broadcast a draft again and give its units back; raises NotFound, Conflict once it has begun."""
    cancelled = locked(account_id, broadcast_id)
    if cancelled.state != BroadcastState.SCHEDULED:
        raise Conflict(_l("Only a scheduled broadcast can be cancelled, and this one is not scheduled any more."))
    back_to_draft(cancelled)
    audit.record(actor, "broadcast.cancelled", target=cancelled, account_id=account_id)
    return cancelled

"""What members do with a broadcast that has begun: pause, resume, stop, send to the rest, and decide."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import _l
from app.line.models import Account
from app.messages.broadcasts import ledger, reasons
from app.messages.broadcasts.deal import waits_for_winner
from app.messages.broadcasts.locking import back_to_draft, locked
from app.messages.broadcasts.models import Broadcast, BroadcastState, ChunkState, RecipientState, Variant
from app.messages.broadcasts.reserving import check_units, locked_account
from app.messages.broadcasts.schedule import order_start
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "broadcast.paused": _l("paused the broadcast %(target)s"),
        "broadcast.resumed": _l("resumed the broadcast %(target)s"),
        "broadcast.stopped": _l("stopped the broadcast %(target)s"),
        "broadcast.winner_chosen": _l("ended the test of the broadcast %(target)s with the winner %(winner)s"),
        "broadcast.sent_to_rest": _l("sent the broadcast %(target)s to those who had not received it"),
        "broadcast.late_sent": _l("had the late broadcast %(target)s sent"),
        "broadcast.late_skipped": _l("did not send the late broadcast %(target)s"),
        "broadcast.unknown_left": _l("left the open recipients of the broadcast %(target)s as they are"),
        "broadcast.unknown_sent": _l("sent the broadcast %(target)s again to its open recipients"),
        "broadcast.restored_continued": _l("let the broadcast %(target)s go on after a backup was restored"),
    }
)
NOT_NOW = _l("This broadcast is in another state by now. Look at it again.")


class LateChoice(StrEnum):
    """What to do with a broadcast whose time passed while the system was down."""

    SEND = "send"
    SKIP = "skip"


class UnknownChoice(StrEnum):
    """What to do about people for whom LINE did not say whether it took the message."""

    LEAVE = "leave"
    SEND_AGAIN = "send_again"


@operation(Permission.BROADCASTS, Permission.CONFIRM_BROADCASTS)
def pause(account_id: int, broadcast_id: int, *, actor: Actor) -> Broadcast:
    """Begin no further call to LINE; those under way end. Raises NotFound, Conflict unless it is being sent."""
    paused = _in_state(account_id, broadcast_id, {BroadcastState.SENDING})
    paused.state, paused.reason, paused.reason_values = BroadcastState.PAUSED, None, {}
    audit.record(actor, "broadcast.paused", target=paused, account_id=account_id)
    return paused


@operation(Permission.CONFIRM_BROADCASTS)
def resume(account_id: int, broadcast_id: int, *, actor: Actor) -> Broadcast:
    """Go on where it stands; raises NotFound, Conflict unless it is paused."""
    resumed = _in_state(account_id, broadcast_id, {BroadcastState.PAUSED})
    _continue(resumed)
    audit.record(actor, "broadcast.resumed", target=resumed, account_id=account_id)
    return resumed


@operation(Permission.BROADCASTS, Permission.CONFIRM_BROADCASTS)
def stop(account_id: int, broadcast_id: int, *, actor: Actor) -> Broadcast:
    """End it: those who were not sent to yet get nothing. Raises NotFound, Conflict unless it has begun."""
    states = {BroadcastState.SENDING, BroadcastState.PAUSED, BroadcastState.DECISION}
    stopped = _in_state(account_id, broadcast_id, states)
    if not stopped.is_frozen and stopped.reason == reasons.LATE:
        raise Conflict(NOT_NOW)
    stopped.state, stopped.reason, stopped.reason_values = BroadcastState.STOPPED, reasons.STOPPED, {}
    order_start(stopped)
    audit.record(actor, "broadcast.stopped", target=stopped, account_id=account_id)
    return stopped


@operation(Permission.CONFIRM_BROADCASTS)
def choose_winner(account_id: int, broadcast_id: int, variant: Variant, *, actor: Actor) -> Broadcast:
    """Say which set of an A/B test the rest gets, before its hours are over; a paused one waits for `resume`.

    Raises NotFound, Conflict unless people of a broadcast that has begun wait for a winner.
    """
    chosen = _in_state(account_id, broadcast_id, {BroadcastState.SENDING, BroadcastState.PAUSED})
    if not waits_for_winner(chosen):
        raise Conflict(NOT_NOW)
    chosen.winner, chosen.winner_at = variant.value, now()
    frozen = chosen.frozen or {}
    chosen.frozen = {**frozen, "test": {**frozen["test"], "chosen_by": actor.member_id}}
    if chosen.state == BroadcastState.SENDING:
        order_start(chosen)
    audit.record(actor, "broadcast.winner_chosen", target=chosen, account_id=account_id, winner=variant.value.upper())
    return chosen


@operation(Permission.CONFIRM_BROADCASTS)
def send_to_remaining(account_id: int, broadcast_id: int, *, actor: Actor) -> Broadcast:
    """Send to those of the frozen audience whom LINE has surely not taken; their message units are kept for them.

    Raises NotFound, Conflict where units are missing or there is no one left.
    """
    account = locked_account(account_id)
    resumed = _in_state(account_id, broadcast_id, {BroadcastState.FAILED, BroadcastState.STOPPED})
    if resumed.finished_at is None or not ledger.reopen(resumed.id, ChunkState.NOT_SENT):
        raise Conflict(_l("There is no one left to send to."))
    _reserve(account, resumed, RecipientState.NOT_SENT)
    _go_on(resumed)
    audit.record(actor, "broadcast.sent_to_rest", target=resumed, account_id=account_id)
    return resumed


@operation(Permission.CONFIRM_BROADCASTS)
def decide_late(account_id: int, broadcast_id: int, choice: LateChoice, *, actor: Actor) -> Broadcast:
    """Send a late broadcast now, or make it a draft again; raises NotFound, Conflict unless it waits for that."""
    late = _deciding(account_id, broadcast_id, reasons.LATE)
    if choice is LateChoice.SKIP:
        back_to_draft(late)
        audit.record(actor, "broadcast.late_skipped", target=late, account_id=account_id)
        return late
    _schedule_now(late)
    audit.record(actor, "broadcast.late_sent", target=late, account_id=account_id)
    return late


@operation(Permission.CONFIRM_BROADCASTS)
def decide_unknown(account_id: int, broadcast_id: int, choice: UnknownChoice, *, actor: Actor) -> Broadcast:
    """Leave the people with unknown outcome, or send to them again, which may reach some of them twice.

    LINE's statistics, to decide by, are at `queries.line_figures`. Raises NotFound, Conflict unless it waits for that,
    or where message units for another try are missing.
    """
    account = locked_account(account_id)
    found = _deciding(account_id, broadcast_id, reasons.UNKNOWN)
    if choice is UnknownChoice.LEAVE:
        found.state, found.reason, found.reason_values = BroadcastState.SENT, None, {}
        audit.record(actor, "broadcast.unknown_left", target=found, account_id=account_id)
        return found
    ledger.reopen(found.id, ChunkState.UNKNOWN)
    _reserve(account, found, RecipientState.UNKNOWN)
    _go_on(found)
    audit.record(actor, "broadcast.unknown_sent", target=found, account_id=account_id)
    return found


@operation(Permission.CONFIRM_BROADCASTS)
def decide_restored(account_id: int, broadcast_id: int, *, actor: Actor) -> Broadcast:
    """Go on with a broadcast after a backup was restored; to end it instead, `stop`. Raises NotFound, Conflict."""
    found = _deciding(account_id, broadcast_id, reasons.RESTORED)
    _continue(found)
    audit.record(actor, "broadcast.restored_continued", target=found, account_id=account_id)
    return found


def _in_state(account_id: int, broadcast_id: int, states: Collection[BroadcastState]) -> Broadcast:
    found = locked(account_id, broadcast_id)
    if found.state not in states:
        raise Conflict(NOT_NOW)
    return found


def _deciding(account_id: int, broadcast_id: int, reason: str) -> Broadcast:
    found = _in_state(account_id, broadcast_id, {BroadcastState.DECISION})
    if found.reason != reason:
        raise Conflict(NOT_NOW)
    return found


def _continue(broadcast: Broadcast) -> None:
    """Send on, or begin where there is no audience yet."""
    if broadcast.is_frozen:
        _go_on(broadcast)
    else:
        _schedule_now(broadcast)


def _reserve(account: Account, broadcast: Broadcast, state: RecipientState) -> None:
    """Keep units for the people who are sent to again, and count them as waiting; raises Conflict where units lack."""
    people = int(broadcast.counts.get(state.value, 0))
    check_units(account, broadcast, people, now())
    broadcast.reserved_units, broadcast.counts = people, ledger.count_people(broadcast.id)


def _go_on(broadcast: Broadcast) -> None:
    broadcast.state, broadcast.reason, broadcast.reason_values = BroadcastState.SENDING, None, {}
    broadcast.finished_at = None
    order_start(broadcast)
    db.session.flush()


def _schedule_now(broadcast: Broadcast) -> None:
    """Start it again; it is late only from now on, and a time that is still ahead is kept."""
    broadcast.state, broadcast.reason, broadcast.reason_values = BroadcastState.SCHEDULED, None, {}
    broadcast.confirmed_at = now()
    is_ahead = broadcast.scheduled_at is not None and broadcast.scheduled_at > now()
    order_start(broadcast, at=broadcast.scheduled_at if is_ahead else None)

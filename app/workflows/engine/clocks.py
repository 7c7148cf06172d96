"""Triggers that follow the clock: at their moment those who are to enter are stored, then they enter in slices.

The row of the trigger is the work order. A slice stores with the runs how far it has come, so that a worker that was
killed is followed by another one, and the key of the events keeps each friend from entering twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, delete, insert, literal, select

from app.core import clock, queue
from app.core.clock import database_now
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.i18n import zone
from app.core.queue import Queue
from app.friends.models import FollowStatus
from app.friends.operations.friends import hold_friends
from app.workflows.definition.kinds import TRIGGERS, Clock
from app.workflows.engine.entering import enter
from app.workflows.engine.happenings import Happening
from app.workflows.models import WorkflowAdmission, WorkflowTrigger

# Friends who enter in one transaction.
SLICE = 2_000
LATE = "workflows.clock_late"
CLOCKS = register(
    DueKind(
        "workflows.clocks",
        WorkflowTrigger,
        wake=lambda: queue.wake("workflows.follow_clocks", queue=Queue.BULK),
        backoff=Backoff(first=timedelta(seconds=10), longest=timedelta(minutes=30), most=1_000),
        # Storing a million friends of a slow segment.
        lease=timedelta(minutes=10),
        batch=1,
    )
)


def wake() -> None:
    """Wake a worker for triggers whose moment has come, once the transaction is through."""
    queue.after_commit(db.session, "workflows.follow_clocks", queue=Queue.BULK)


def follow_clocks() -> int:
    """Let the triggers fire whose moment has come; returns how many slices were done."""
    return process(CLOCKS, _go_on, again=CLOCKS.wake)


def order_clock(trigger: WorkflowTrigger, moment: datetime) -> None:
    """Have the trigger fire at its first moment after this one."""
    CLOCKS.withdraw(trigger)
    trigger.occurrence = trigger.due_at = _clock(trigger).next(trigger.settings, moment, zone())
    trigger.entered_up_to = None


def release_clock(trigger: WorkflowTrigger) -> None:
    """Let a late trigger fire for the moments that have been missed."""
    trigger.released_until = clock.now()
    CLOCKS.order(trigger)
    wake()


def _clock(trigger: WorkflowTrigger) -> Clock:
    found = TRIGGERS[trigger.kind].clock
    if found is None:
        raise ValueError(f"{trigger.kind} does not follow the clock.")
    return found


def _go_on(claim: Claim) -> None:
    """Do one step for a trigger: store who is to enter, or let a slice of them enter."""
    if not claim.held():
        return
    trigger = db.session.get_one(WorkflowTrigger, claim.ids()[0], populate_existing=True)
    moment = trigger.occurrence
    if moment is None:
        claim.done()
    elif trigger.entered_up_to is None:
        _begin(claim, trigger, moment)
    else:
        _enter_slice(claim, trigger, moment)


def _begin(claim: Claim, trigger: WorkflowTrigger, moment: datetime) -> None:
    found = _moment_to_fire(trigger, moment)
    if found is not None and _is_late(trigger, found):
        claim.done(reason=LATE)
    elif found is None or found > max(moment, clock.now()):
        claim.done(occurrence=found, due_at=found)
    else:
        _store_people(trigger, found)
        claim.done(occurrence=found, entered_up_to=0, due_at=database_now())


def _moment_to_fire(trigger: WorkflowTrigger, missed: datetime) -> datetime | None:
    """Return the first moment from a missed one on that is made up for, or lies ahead; None where there is none."""
    kept, is_skipping = _clock(trigger), (trigger.settings.get("late") or {}).get("policy") == "skip"
    moment, now = missed, clock.now()
    while (following := kept.next(trigger.settings, moment, zone())) is not None:
        is_made_up = kept.makes_up_all or following > now
        if is_made_up and not (is_skipping and _is_late(trigger, moment)):
            return moment
        moment = following
    return None if is_skipping and _is_late(trigger, moment) else moment


def _is_late(trigger: WorkflowTrigger, moment: datetime) -> bool:
    """Return whether a moment passed so long ago that the late policy has a say."""
    late = trigger.settings.get("late") or {}
    is_released = trigger.released_until is not None and moment <= trigger.released_until
    if late.get("policy") not in ("skip", "ask") or is_released:
        return False
    return clock.now() - moment > timedelta(hours=int(late.get("hours") or 0))


def _store_people(trigger: WorkflowTrigger, moment: datetime) -> None:
    """Store who is to enter: once, as they are at this moment."""
    people = _clock(trigger).friends(trigger.account_id, trigger.settings, moment, zone()).subquery("people")
    rows = select(literal(trigger.id, BigInteger), people.c[0])
    db.session.execute(delete(WorkflowAdmission).where(WorkflowAdmission.trigger_id == trigger.id))
    db.session.execute(insert(WorkflowAdmission).from_select(["trigger_id", "friend_id"], rows))


def _enter_slice(claim: Claim, trigger: WorkflowTrigger, moment: datetime) -> None:
    mine = WorkflowAdmission.trigger_id == trigger.id, WorkflowAdmission.friend_id > trigger.entered_up_to
    query = select(WorkflowAdmission.friend_id).where(*mine).order_by(WorkflowAdmission.friend_id).limit(SLICE)
    ids = list(db.session.scalars(query))
    friends = hold_friends(ids)
    here = [one for one in ids if one in friends and friends[one].follow_status == FollowStatus.FOLLOWING]
    enter(_happenings(trigger, moment, here))
    if len(ids) == SLICE:
        claim.done(entered_up_to=ids[-1], due_at=database_now())
        return
    db.session.execute(delete(WorkflowAdmission).where(WorkflowAdmission.trigger_id == trigger.id))
    following = _clock(trigger).next(trigger.settings, moment, zone())
    claim.done(occurrence=following, due_at=following, entered_up_to=None)


def _happenings(trigger: WorkflowTrigger, moment: datetime, friend_ids: Sequence[int]) -> list[Happening]:
    key = f"{trigger.kind}:{trigger.node_id}:{_clock(trigger).key(trigger.settings, moment, zone())}"
    about = {"account_id": trigger.account_id, "at": moment.isoformat()}
    data = {**about, "by_workflow": trigger.workflow_id, "by_node": trigger.node_id}
    return [
        Happening(account_id=trigger.account_id, friend_id=friend_id, kind=trigger.kind, key=key, data=data)
        for friend_id in friend_ids
    ]

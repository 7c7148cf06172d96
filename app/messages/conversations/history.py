"""Fill conversations once with the messages of webhook events that were stored before conversations were kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from app.core.db import db
from app.core.i18n import _l
from app.core.queue import Queue
from app.core.runs.lease import Lease
from app.core.runs.models import Run
from app.core.runs.operations import start
from app.core.runs.registry import RunKind, SliceResult, register
from app.line import event_parser
from app.line.events import MessageReceived, MessageUnsent
from app.line.models import Account, EventState, WebhookEvent
from app.messages.conversations.incoming import forget_unsent, record_received
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

FILL_HISTORY = "fill_message_history"
TYPES = ("message", "messageEdited", "unsend")
BATCH = 1_000


@dataclass(frozen=True)
class HistoryCursor:
    """Events up to this id are looked at; none after `until` are."""

    after: int = 0
    until: int = 0


@operation(Permission.SETTINGS)
def fill_history(account: Account, *, actor: Actor) -> tuple[Run, bool]:
    """Start the run that fills the account's conversations, or join the active one; returns (run, whether it is new).

    To do it again changes nothing.
    """
    mine = _events(account.id)
    total, last = db.session.execute(
        mine.with_only_columns(func.count(), func.coalesce(func.max(WebhookEvent.id), 0))
    ).one()
    cursor = HistoryCursor(until=last)
    return start(FILL_HISTORY, account.id, account_id=account.id, actor=actor, cursor=cursor, total=total)


def fill_slice(lease: Lease) -> SliceResult:
    """Record the messages of one batch of events."""
    at, account_id = lease.cursor(HistoryCursor), lease.run.subject_id
    wanted = _events(account_id).where(WebhookEvent.id > at.after, WebhookEvent.id <= at.until)
    events = db.session.scalars(wanted.order_by(WebhookEvent.id).limit(BATCH)).all()
    if not events:
        return SliceResult.DONE
    said = [_readable(event) for event in events]
    written = [one for one in said if isinstance(one, MessageReceived)]
    record_received(written, is_history=True)
    for one in said:
        if isinstance(one, MessageUnsent):
            forget_unsent(one)
    lease.save(cursor=HistoryCursor(events[-1].id, at.until), done=len(events), add={"messages": len(written)})
    db.session.commit()
    return SliceResult.MORE


def _events(account_id: int) -> Select[WebhookEvent]:
    """Select events whose messages belong into conversations; those that wait record theirs when they are applied."""
    return select(WebhookEvent).where(
        WebhookEvent.account_id == account_id,
        WebhookEvent.type.in_(TYPES),
        WebhookEvent.state.in_((EventState.PROCESSED, EventState.FAILED)),
    )


def _readable(event: WebhookEvent) -> object | None:
    try:
        return event_parser.domain_event(event)
    except Exception:  # An event that cannot be read has failed before and is listed as failed.
        return None


register(RunKind(FILL_HISTORY, _l("Filling in of earlier messages"), fill_slice, Queue.BULK, cursor=HistoryCursor))

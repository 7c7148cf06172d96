"""Replay stored events, take unsent content out of them, and remove old ones."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, text, update

from app.core import lenient_json, queue, shutdown
from app.core.clock import database_now, now
from app.core.db import db, selected_once
from app.core.errors import Conflict
from app.core.i18n import _l
from app.core.queue import Queue
from app.line.events import MessageReceived, MessageUnsent
from app.line.models import ALWAYS_WANTED, Account, AccountState, EventState, WebhookEvent
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "webhook_event.replayed": _l("had a webhook event (%(target)s) processed again"),
        "webhook_event.failed_replayed": _l("had failed webhook events of %(target)s processed again: %(count)s"),
    },
    {"webhook_event": _l("Webhook events")},
)

BATCH = 5_000
SITTING_SECONDS = 60.0
# Types of events that hold what a person wrote.
WITH_MESSAGE = ("message", "messageEdited")
_MESSAGE = WebhookEvent.payload["message"]
# What is left of a message that its sender took back.
_UNSENT = func.jsonb_build_object("id", _MESSAGE["id"], "type", _MESSAGE["type"], "unsent", True)
_WITHOUT_CONTENT = func.jsonb_set(WebhookEvent.payload, ["message"], _UNSENT)
# Written out, so that it is the expression of the index.
_FORGET_TAKEN_BACK = text("""
UPDATE webhook_events event
SET payload = jsonb_set(event.payload, '{message}', jsonb_build_object(
    'id', event.payload -> 'message' -> 'id', 'type', event.payload -> 'message' -> 'type', 'unsent', true))
WHERE event.id = ANY(:ids) AND EXISTS (
    SELECT FROM webhook_events unsend
    WHERE unsend.account_id = event.account_id AND unsend.source_id = event.source_id AND unsend.type = 'unsend'
      AND unsend.payload -> 'unsend' ->> 'messageId' = event.payload -> 'message' ->> 'id'
      AND (unsend.state <> 'pending' OR unsend.occurred_at <= event.occurred_at)
)
RETURNING event.id, event.payload -> 'message' AS message
""")


@operation(Permission.SETTINGS)
def replay(account: Account, event: WebhookEvent, *, actor: Actor) -> None:
    """Queue the event for processing again; effects that it had already are not repeated."""
    _require_open(account)
    if event.state == EventState.PENDING:
        raise Conflict(_l("This event is waiting to be processed already."))
    event.state, event.attempts, event.error = EventState.PENDING, 0, None
    event.due_at = database_now()
    audit.record(actor, "webhook_event.replayed", target=event, target_name=event.type, account_id=account.id, count=1)
    queue.after_commit(db.session, "line.process_events", queue=Queue.WEBHOOKS)


@operation(Permission.SETTINGS)
def replay_failed(account: Account, *, actor: Actor) -> int:
    """Have every failed event of the account processed again; returns how many."""
    _require_open(account)
    failed = (WebhookEvent.account_id == account.id) & (WebhookEvent.state == EventState.FAILED)
    changed = db.session.execute(
        update(WebhookEvent)
        .where(failed)
        .values(state=EventState.PENDING, attempts=0, due_at=database_now(), error=None)
        .returning(WebhookEvent.id)
        .execution_options(synchronize_session=False)
    ).all()
    if changed:
        name, count = account.name, len(changed)
        audit.record(actor, "webhook_event.failed_replayed", target_name=name, account_id=account.id, count=count)
        queue.after_commit(db.session, "line.process_events", queue=Queue.WEBHOOKS)
    return len(changed)


def ignore_pending(account: Account) -> None:
    """Ignore the pending events of a disconnected account, except unsends, whose content must be deleted."""
    waiting = select(WebhookEvent.id).where(
        WebhookEvent.account_id == account.id,
        WebhookEvent.state == EventState.PENDING,
        WebhookEvent.type.not_in(ALWAYS_WANTED),
    )
    # What a worker is marking at this moment is processed.
    free = waiting.order_by(WebhookEvent.id).with_for_update(skip_locked=True)
    db.session.execute(
        update(WebhookEvent)
        .where(WebhookEvent.id.in_(free))
        .values(state=EventState.IGNORED, processed_at=database_now())
        .execution_options(synchronize_session=False)
    )


def forget_content(said: MessageUnsent) -> None:
    """Take what was written out of every stored event of a message that its sender took back; id and type stay."""
    of_same_source = select(WebhookEvent.source_id).where(WebhookEvent.id == said.webhook_event_id).scalar_subquery()
    db.session.execute(
        update(WebhookEvent)
        .where(WebhookEvent.account_id == said.account_id, WebhookEvent.source_id == of_same_source)
        .where(WebhookEvent.type.in_(WITH_MESSAGE), _MESSAGE["id"].astext == said.message_id)
        .values(payload=_WITHOUT_CONTENT)
        .execution_options(synchronize_session=False)
    )


def taken_back(messages: Iterable[MessageReceived]) -> dict[int, dict[str, Any]]:
    """Return what is left of those messages that their senders took back before, by the id of the stored event.

    Their stored events lose the content as well.
    """
    ids = [said.webhook_event_id for said in messages if lenient_json.text(said.message, "id")]
    if not ids:
        return {}
    return {row.id: row.message for row in db.session.execute(_FORGET_TAKEN_BACK, {"ids": ids})}


def prune(keep_days: int) -> int:
    """Remove events older than this in batches, each its own transaction; returns how many went.

    What is still to be processed stays. A long backlog is left for the next time after a minute.
    """
    before, until, removed = now() - timedelta(days=keep_days), time.monotonic() + SITTING_SECONDS, 0
    for account_id in db.session.scalars(select(Account.id)).all():
        while count := _prune_batch(account_id, before):
            removed += count
            if time.monotonic() > until or shutdown.is_requested():
                return removed
    return removed


def _prune_batch(account_id: int, before: object) -> int:
    old = (
        select(WebhookEvent.id)
        .where(
            WebhookEvent.account_id == account_id,
            WebhookEvent.received_at < before,
            WebhookEvent.state != EventState.PENDING,
        )
        .order_by(WebhookEvent.received_at, WebhookEvent.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    statement = delete(WebhookEvent).where(WebhookEvent.id == selected_once(old)).returning(WebhookEvent.id)
    count = len(db.session.execute(statement.execution_options(synchronize_session=False)).all())
    db.session.commit()
    return count


def _require_open(account: Account) -> None:
    if account.state == AccountState.DISCONNECTED:
        raise Conflict(_l("The account is disconnected; its events are kept but not processed."))

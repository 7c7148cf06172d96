"""Publish what waits, thread by thread: in order within each, and many threads side by side.

Each message carries an id by which HubSpot knows it again, so that a worker that died in between publishes none twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import exists, select, update

from app.core import queue
from app.core.clock import database_now
from app.core.db import db, released
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim, Wait
from app.core.due.registry import DueKind, register
from app.core.errors import PermanentFailure, RetryLater
from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.gateway import channels, files
from app.integrations.hubspot.gateway.async_client import AsyncHubSpotClient
from app.integrations.hubspot.gateway.channels import PublishedMessage
from app.integrations.hubspot.gateway.errors import PORTAL_WAIT
from app.integrations.hubspot.gateway.rate import Priority
from app.integrations.hubspot.inbox.composing import PlannedOutgoing, Ready, ThreadPlan, plans_of
from app.integrations.hubspot.inbox.looking import LOOKS
from app.integrations.hubspot.inbox.models import (
    HubSpotInbox,
    HubSpotOutgoing,
    HubSpotThread,
    InboxState,
    OutboxState,
)
from app.integrations.hubspot.inbox.pictures import SentPicture
from app.integrations.hubspot.inbox.portal import OF_PORTAL, meant
from app.integrations.hubspot.inbox.recording import PUBLISH
from app.integrations.hubspot.inbox.words import LINE_LOST
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.shared.models import Integration
from app.integrations.shared.working import connected_ids, work_on

# How soon is looked again for what belongs to a message.
LOOK_AGAIN = timedelta(seconds=2)
WAITS = "hubspot.inbox_waits"
_PORTALS = connected_ids(HUBSPOT)
# What HubSpot must not use while LINE is lost waits until it may again.
_INBOXES = select(HubSpotInbox.id).where(
    HubSpotInbox.state == InboxState.CONNECTED, HubSpotInbox.problem.is_distinct_from(LINE_LOST)
)
THREADS = register(
    DueKind(
        "hubspot.threads",
        HubSpotThread,
        wake=lambda integration_id: queue.wake(PUBLISH, integration_id),
        partition=(HubSpotThread.integration_id, _PORTALS),
        narrow=lambda: (HubSpotThread.integration_id.in_(_PORTALS), HubSpotThread.inbox_id.in_(_INBOXES)),
        # Messages wait as long as it takes.
        backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=10), most=1_000_000),
        batch=64,
        lease=timedelta(minutes=5),
        lock_order=(HubSpotThread.__table__.c.inbox_id, HubSpotThread.__table__.c.chat_id),
        longest_wait=PORTAL_WAIT,
    )
)


@dataclass
class _Came:
    """What came of one thread: which rows are over and with which refusals, and why it did not go on."""

    plan: ThreadPlan
    over: dict[int, PermanentFailure | None] = field(default_factory=dict)
    remote_id: str | None = None
    stopped: RetryLater | PermanentFailure | None = None
    waits: bool = False


def publish_due(integration_id: int) -> int:
    """Publish what is due of one portal for a while; returns how many threads were looked at."""
    return work_on(THREADS, integration_id, _publish)


def _publish(integration: Integration, claim: Claim) -> bool:
    """Publish of one batch of threads; False where the portal takes nothing at the moment."""
    access, plans = access_of(integration), plans_of(claim.ids())
    came = [_Came(plan) for plan in plans]
    with released():
        asyncio.run(_publish_all(access, came))
    _settle(claim, came)
    return not any(one.stopped is not None for one in came)


async def _publish_all(access: object, came: Sequence[_Came]) -> None:
    async with AsyncHubSpotClient(access, Priority.LIVE) as hubspot:  # type: ignore[arg-type]
        await asyncio.gather(*(_publish_thread(hubspot, one) for one in came))


async def _publish_thread(hubspot: AsyncHubSpotClient, came: _Came) -> None:
    """Publish one after the other; what HubSpot refuses for good does not hold up what comes after."""
    for planned in came.plan.planned:
        if planned.waits_for_person:
            came.waits = True
            return
        refused: PermanentFailure | None = None
        try:
            for ready in planned.ready:
                published = await _publish_one(hubspot, came.plan, planned, ready)
                came.remote_id = published.thread_id
        except _NotThereYet:
            came.waits = True
            return
        except RetryLater as error:
            came.stopped = error
            return
        except PermanentFailure as error:
            refused = meant(error)
            if refused.code in OF_PORTAL or _is_of_channel(refused):
                came.stopped = refused
                return
        came.over[planned.outgoing_id] = refused


class _NotThereYet(Exception):
    """The picture is still being fetched from LINE."""


def _is_of_channel(error: PermanentFailure) -> bool:
    """Return whether HubSpot does not know the channel or its account, rather than what is in the message."""
    return error.code == "hubspot.not_found" or "authorized" in str(error.params.get("message", ""))


async def _publish_one(
    hubspot: AsyncHubSpotClient, plan: ThreadPlan, planned: PlannedOutgoing, ready: Ready
) -> PublishedMessage:
    message = ready.message
    if ready.picture is not None:
        attachments, note = await _attached(hubspot, plan, planned, ready, ready.picture)
        message = message._replace(attachments=attachments, text=note)
    try:
        return await hubspot.call(channels.publish(plan.channel_id, message))
    except PermanentFailure as error:
        if error.code != "hubspot.not_found" or message.contact_id is None:
            raise
    # The contact may be gone, and the message is still one of the conversation.
    return await hubspot.call(channels.publish(plan.channel_id, message._replace(contact_id=None)))


async def _attached(
    hubspot: AsyncHubSpotClient, plan: ThreadPlan, planned: PlannedOutgoing, ready: Ready, source: SentPicture
) -> tuple[list[dict[str, str]], str]:
    """Put the picture into HubSpot's files; returns the attachment, or a note where it could not be fetched."""
    try:
        picture = await asyncio.to_thread(source.read)
    except RetryLater as error:
        if not planned.is_late:
            raise _NotThereYet from error
        return [], ready.note
    except PermanentFailure:
        return [], ready.note
    kind = picture.media_type if picture.media_type.startswith("image/") else "image/jpeg"
    name = f"{ready.message.idempotency_id}.{kind.partition('/')[2]}"
    file_id = await hubspot.call(files.upload(plan.folder, name, picture.content, kind))
    return [{"type": "FILE", "fileId": file_id, "fileUsageType": "IMAGE"}], ""


def _settle(claim: Claim, came: Sequence[_Came]) -> None:
    """Store what was published, and when each thread goes on."""
    held = claim.held()
    by_id = {one.plan.thread_id: one for one in came}
    for thread_id in sorted(held & by_id.keys()):
        _store(by_id[thread_id])
    waiting = select(HubSpotOutgoing.thread_id).where(
        HubSpotOutgoing.thread_id == HubSpotThread.id, HubSpotOutgoing.state == OutboxState.WAITING
    )
    open_ids = set(db.session.scalars(select(HubSpotThread.id).where(HubSpotThread.id.in_(held), exists(waiting))))
    claim.done(sorted(held - open_ids))
    claim.later_each({one: _wait(by_id.get(one)) for one in open_ids})
    _note(came)


def _wait(came: _Came | None) -> Wait:
    if came is None or (came.stopped is None and not came.waits):
        return Wait(None, 0, counts=False)
    if came.stopped is None:
        return Wait(WAITS, LOOK_AGAIN, counts=False)
    if isinstance(came.stopped, RetryLater):
        return Wait(came.stopped.code, came.stopped.after)
    return Wait(came.stopped.code, PORTAL_WAIT, counts=False)


def _store(came: _Came) -> None:
    done = [one for one, why in came.over.items() if why is None]
    empty = [one.outgoing_id for one in came.plan.planned if not one.ready]
    _end([one for one in done if one not in empty], state=OutboxState.PUBLISHED)
    _end([one for one in done if one in empty], state=OutboxState.LEFT)
    for outgoing_id, why in came.over.items():
        if why is not None:
            values = {name: str(value) for name, value in why.params.items()}
            _end([outgoing_id], state=OutboxState.REFUSED, problem=why.code, problem_values=values)
    if came.remote_id:
        known = update(HubSpotThread).where(HubSpotThread.id == came.plan.thread_id)
        db.session.execute(known.values(remote_id=came.remote_id).execution_options(synchronize_session=False))


def _end(ids: Sequence[int], **values: object) -> None:
    if ids:
        ended = update(HubSpotOutgoing).where(HubSpotOutgoing.id.in_(ids))
        ended = ended.values(ended_at=database_now(), **values)
        db.session.execute(ended.execution_options(synchronize_session=False))


def _note(came: Sequence[_Came]) -> None:
    """Note on the inboxes that messages went through, or why none do."""
    inbox_of = select(HubSpotThread.id, HubSpotThread.inbox_id)
    known = dict(db.session.execute(inbox_of.where(HubSpotThread.id.in_([one.plan.thread_id for one in came]))).all())
    went_through = {known.get(one.plan.thread_id) for one in came if one.remote_id}
    troubles: dict[int, RetryLater | PermanentFailure | None] = dict.fromkeys(went_through - {None})  # type: ignore[arg-type]
    for one in came:
        if one.stopped is not None and (inbox_id := known.get(one.plan.thread_id)) is not None:
            troubles.setdefault(inbox_id, one.stopped)
    for inbox_id, trouble in sorted(troubles.items()):
        inbox = db.session.get_one(HubSpotInbox, inbox_id, with_for_update=True, populate_existing=True)
        if inbox.problem == LINE_LOST:
            # HubSpot was told so in between.
            continue
        inbox.problem = trouble.code if trouble else None
        inbox.problem_values = {name: str(value) for name, value in trouble.params.items()} if trouble else {}
        if inbox_id in went_through:
            inbox.last_published_at = database_now()
        if trouble and trouble.code == "hubspot.missing_scope":
            # The page says by that which permissions are granted.
            queue.after_commit(db.session, "integrations.hubspot.look")
        if isinstance(trouble, PermanentFailure) and _is_of_channel(trouble):
            LOOKS.order(inbox)
            queue.after_commit(db.session, "integrations.hubspot.inbox.look")

"""Take in what HubSpot tells of the channel: what people wrote in inboxes, and that a connection has changed.

Events come twice, late and in any order. A message is stored once; of a connection only is noted that it has changed,
and HubSpot is asked how it is now.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core import lenient_json, queue
from app.core.clock import database_now, now, told_moment
from app.core.db import db
from app.core.queue import Queue
from app.integrations.hubspot.gateway.objects import moment
from app.integrations.hubspot.inbox.looking import LOOKS
from app.integrations.hubspot.inbox.models import HubSpotAnswer, HubSpotChannel, HubSpotInbox, InboxState
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.shared.models import Integration

WAKE = "integrations.hubspot.inbox.answer"
WRITTEN, OF_ACCOUNT = "OUTGOING_CHANNEL_MESSAGE_CREATED", "CHANNEL_ACCOUNT_"


def is_known_address(webhook_key: str) -> bool:
    """Return whether HubSpot was given this address."""
    query = select(HubSpotChannel.app_id).where(HubSpotChannel.webhook_key == webhook_key)
    return db.session.scalar(query) is not None


def receive(body: Any) -> dict[str, Any]:
    """Store the events of a request, one or a list; those that concern no one here are passed over."""
    events = body if isinstance(body, list) else [body]
    for event in events:
        kind = lenient_json.text(event, "type") or ""
        integration = _integration(event)
        if integration is None:
            continue
        if kind == WRITTEN:
            _store(integration, event)
        elif kind.startswith(OF_ACCOUNT):
            _look_again(integration, event)
    return {}


def _integration(event: Any) -> Integration | None:
    portal = lenient_json.id_text(event, "portalId")
    query = select(Integration).where(Integration.service == HUBSPOT, Integration.remote_id == portal)
    return db.session.scalars(query).one_or_none()


def _store(integration: Integration, event: Any) -> None:
    message = lenient_json.mapping(event, "message")
    remote_id = lenient_json.id_text(message, "id")
    if not remote_id or not _is_of_person(message):
        return
    names = event.get("channelIntegrationThreadIds")
    stored = insert(HubSpotAnswer).values(
        integration_id=integration.id,
        remote_id=remote_id,
        channel_id=lenient_json.id_text(event, "channelId") or lenient_json.id_text(message, "channelId"),
        channel_account_id=lenient_json.id_text(message, "channelAccountId"),
        thread_name=str(names[0]) if isinstance(names, list) and names else "",
        message=lenient_json.storable(message),
        written_at=_written_at(message),
        due_at=database_now(),
    )
    db.session.execute(stored.on_conflict_do_nothing())
    queue.after_commit(db.session, WAKE, queue=Queue.SENDING)


def _written_at(message: Any) -> datetime:
    told = moment(lenient_json.text(message, "createdAt"))
    return told_moment(int(told.timestamp() * 1000) if told else None, now())


def _is_of_person(message: Any) -> bool:
    """Return whether a person of the portal wrote it; our own publications come back, too."""
    is_ours = lenient_json.text(lenient_json.mapping(message, "client"), "clientType") == "INTEGRATION"
    return not is_ours and (lenient_json.text(message, "direction") or "OUTGOING") == "OUTGOING"


def _look_again(integration: Integration, event: Any) -> None:
    """Have HubSpot asked how the connections are that the event may be about."""
    account_id = lenient_json.id_text(event, "channelAccountId")
    mine = HubSpotInbox.integration_id == integration.id
    concerned = or_(HubSpotInbox.state == InboxState.WAITING, HubSpotInbox.channel_account_id == account_id)
    for inbox in db.session.scalars(select(HubSpotInbox).where(mine, concerned).with_for_update()):
        LOOKS.order(inbox)
    queue.after_commit(db.session, "integrations.hubspot.inbox.look")

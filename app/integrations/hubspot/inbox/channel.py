"""The custom channel of the app, registered once for all portals with the developer key.

Channels that are registered again stand twice in every portal's inbox settings, so HubSpot's list is looked at first.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import database_now
from app.core.db import db
from app.integrations.hubspot.credentials import HubSpotApp, settings
from app.integrations.hubspot.gateway import channels
from app.integrations.hubspot.gateway.channels import OPAQUE, Channel
from app.integrations.hubspot.gateway.developer import DeveloperClient
from app.integrations.hubspot.inbox.models import HubSpotChannel

NAME = "LINE"
WEBHOOKS = "/integrations/hubspot/inbox/webhooks"
CONNECT = "/integrations/hubspot/inbox/connect"
# The largest picture that LINE takes.
MOST_BYTES = 10_000_000
CAPABILITIES: Mapping[str, Any] = {
    "deliveryIdentifierTypes": [OPAQUE],
    # Several people write in a LINE group, and one person may be a friend of several accounts: we name threads.
    "threadingModel": "INTEGRATION_THREAD_ID",
    "richText": ["HYPERLINK"],
    "allowInlineImages": False,
    "allowOutgoingMessages": True,
    "allowConversationStart": False,
    "allowMultipleRecipients": False,
    "outgoingAttachmentTypes": ["FILE"],
    "maxFileAttachmentCount": 5,
    "maxFileAttachmentSizeBytes": MOST_BYTES,
    "maxTotalFileAttachmentSizeBytes": 5 * MOST_BYTES,
}


def definition(webhook_key: str) -> dict[str, Any]:
    """Return the channel as HubSpot is told of it; all fields, as changes need them."""
    return {
        "name": NAME,
        "webhookUrl": f"{settings.public_url}{WEBHOOKS}/{webhook_key}",
        "channelAccountConnectionRedirectUrl": f"{settings.public_url}{CONNECT}",
        "channelDescription": "Conversations with friends of LINE Official Accounts.",
        "channelLogoUrl": f"{settings.public_url}/static/icon.svg",
        "capabilities": dict(CAPABILITIES),
    }


def find_channel(app_id: str) -> HubSpotChannel | None:
    """Return what is known of the app's channel; None where it was never tried."""
    return db.session.get(HubSpotChannel, app_id, populate_existing=True)


def webhook_key(app_id: str) -> str:
    """Return the secret part of the app's address for what is written in inboxes, made once."""
    made = insert(HubSpotChannel).values(app_id=app_id, webhook_key=secrets.token_urlsafe(24))
    db.session.execute(made.on_conflict_do_nothing(index_elements=["app_id"]))
    return db.session.scalars(select(HubSpotChannel.webhook_key).where(HubSpotChannel.app_id == app_id)).one()


def register_channel(app: HubSpotApp, client: DeveloperClient, key: str, known_id: str | None) -> str:
    """Register the channel, or bring the one that is there up to date; returns its id. No transaction is open.

    Raises RetryLater and PermanentFailure.
    """
    wanted = definition(key)
    found = next((one for one in _registered(app, client) if _is_ours(one, wanted, known_id)), None)
    if found is None:
        return client.call(channels.create_channel(app.app_id, wanted)).id
    if any(found.body.get(name) != value for name, value in wanted.items()):
        client.call(channels.update_channel(app.app_id, found.id, wanted))
    return found.id


def keep_channel(app_id: str, channel_id: str) -> None:
    """Store under which number HubSpot has registered the channel."""
    known = db.session.get_one(HubSpotChannel, app_id, with_for_update=True)
    known.channel_id, known.registered_at = channel_id, database_now()


def _is_ours(one: Channel, wanted: Mapping[str, Any], known_id: str | None) -> bool:
    """Return whether it is the channel of this installation, also after PUBLIC_URL was changed."""
    return one.id == known_id or one.connect_url == wanted["channelAccountConnectionRedirectUrl"]


def _registered(app: HubSpotApp, client: DeveloperClient) -> Iterator[Channel]:
    after: str | None = None
    while True:
        page = client.call(channels.list_channels(app.app_id, after))
        yield from page.channels
        after = page.after
        if after is None:
            return

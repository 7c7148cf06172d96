"""Custom channels of the app for HubSpot's inbox: registered by the developer's client, used by a portal's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from app.core import lenient_json
from app.integrations.hubspot.gateway import paths
from app.integrations.hubspot.gateway.objects import after_of
from app.integrations.hubspot.gateway.requests import HubSpotRequest

MOST = 100
OPAQUE = "CHANNEL_SPECIFIC_OPAQUE_ID"
Direction = Literal["INCOMING", "OUTGOING"]


class Channel(NamedTuple):
    """A registered channel; `body` is all that HubSpot keeps of it."""

    id: str
    webhook_url: str
    connect_url: str
    body: Mapping[str, Any]


class ChannelPage(NamedTuple):
    """A page of channels; without `after` it is the last."""

    channels: list[Channel]
    after: str | None


class ChannelAccount(NamedTuple):
    """A channel as it is connected to one inbox of a portal."""

    id: str
    name: str
    inbox_id: str
    identifier: str
    is_authorized: bool
    is_archived: bool


class Participant(NamedTuple):
    """Who writes or reads: the channel's own id of them, and a name."""

    identifier: str
    name: str = ""

    def written(self) -> dict[str, Any]:
        """Return it as HubSpot takes it."""
        named = {"name": self.name} if self.name else {}
        return {"deliveryIdentifier": {"type": OPAQUE, "value": self.identifier}, **named}


class ChannelMessage(NamedTuple):
    """A message to be published; the same `idempotency_id` again is the message that is there."""

    channel_account_id: str
    direction: Direction
    at: datetime
    text: str
    sender: Participant
    recipient: Participant
    thread_id: str
    idempotency_id: str
    attachments: Sequence[Mapping[str, Any]] = ()
    contact_id: str | None = None


class PublishedMessage(NamedTuple):
    """A message as HubSpot has stored it."""

    id: str
    thread_id: str


def list_channels(app_id: str, after: str | None = None) -> HubSpotRequest[ChannelPage]:
    query = {"appId": app_id, "limit": MOST, **({"after": after} if after else {})}
    return HubSpotRequest("GET", paths.channels(), _read_page, query)


def create_channel(app_id: str, channel: Mapping[str, Any]) -> HubSpotRequest[Channel]:
    """Register a channel. Must not be done twice, which makes two of it: look at the list first."""
    query, body = {"appId": app_id}, dict(channel)
    return HubSpotRequest("POST", paths.channels(), _read_channel, query, body, is_repeatable=False)


def update_channel(app_id: str, channel_id: str, channel: Mapping[str, Any]) -> HubSpotRequest[Channel]:
    return HubSpotRequest("PATCH", paths.channels(channel_id), _read_channel, {"appId": app_id}, dict(channel))


def describe_account(channel_id: str, account_token: str, name: str, identifier: str) -> HubSpotRequest[None]:
    """Say what is connected in a flow that began at HubSpot; a conflict where that is known already."""
    path = paths.channels(channel_id, "channel-account-staging-tokens", account_token)
    body = {"accountName": name, "deliveryIdentifier": {"type": OPAQUE, "value": identifier}}
    return HubSpotRequest("PATCH", path, lambda _body: None, body=body)


def find_accounts(channel_id: str, identifier: str) -> HubSpotRequest[list[ChannelAccount]]:
    """Read the channel accounts with this delivery identifier; those that were removed at HubSpot are left out."""
    query = {"deliveryIdentifierType": OPAQUE, "deliveryIdentifierValue": identifier, "limit": MOST}
    return HubSpotRequest("GET", paths.channels(channel_id, "channel-accounts"), _read_accounts, query)


def change_account(
    channel_id: str, account_id: str, *, name: str | None = None, is_authorized: bool | None = None
) -> HubSpotRequest[ChannelAccount]:
    """Rename a channel account, or say whether it may be used."""
    named = {"name": name} if name is not None else {}
    allowed = {"authorized": is_authorized} if is_authorized is not None else {}
    path = paths.channels(channel_id, "channel-accounts", account_id)
    return HubSpotRequest("PATCH", path, read_account, body=named | allowed)


def publish(channel_id: str, message: ChannelMessage) -> HubSpotRequest[PublishedMessage]:
    """Put a message into the inbox, as often as is asked only once."""
    body: dict[str, Any] = {
        "channelAccountId": message.channel_account_id,
        "messageDirection": message.direction,
        "timestamp": message.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "text": message.text,
        "senders": [message.sender.written()],
        "recipients": [message.recipient.written()],
        "attachments": [dict(one) for one in message.attachments],
        "integrationThreadId": message.thread_id,
        "integrationIdempotencyId": message.idempotency_id,
    }
    if message.contact_id is not None:
        body["associateWithContactId"] = int(message.contact_id)
    return HubSpotRequest("POST", paths.channels(channel_id, "messages"), _read_published, body=body)


def settle(channel_id: str, message_id: str, error: str | None = None) -> HubSpotRequest[None]:
    """Tell what became of a message that a person wrote at HubSpot; with `error` it was not sent."""
    body = {"statusType": "SENT"} if error is None else {"statusType": "FAILED", "errorMessage": error}
    path = paths.channels(channel_id, "messages", message_id)
    return HubSpotRequest("PATCH", path, lambda _body: None, body=body)


def read_account(body: Any) -> ChannelAccount:
    """Read a channel account of an answer."""
    identifier = lenient_json.text(lenient_json.mapping(body, "deliveryIdentifier"), "value")
    return ChannelAccount(
        id=lenient_json.id_text(body, "id"),
        name=lenient_json.text(body, "name") or "",
        inbox_id=lenient_json.id_text(body, "inboxId"),
        identifier=identifier or "",
        is_authorized=lenient_json.flag(body, "authorized"),
        is_archived=lenient_json.flag(body, "archived"),
    )


def _read_channel(body: Any) -> Channel:
    return Channel(
        id=lenient_json.id_text(body, "id"),
        webhook_url=lenient_json.text(body, "webhookUrl") or "",
        connect_url=lenient_json.text(body, "channelAccountConnectionRedirectUrl") or "",
        body=body if isinstance(body, dict) else {},
    )


def _read_page(body: Any) -> ChannelPage:
    return ChannelPage([_read_channel(one) for one in lenient_json.items(body, "results")], after_of(body))


def _read_accounts(body: Any) -> list[ChannelAccount]:
    return [read_account(one) for one in lenient_json.items(body, "results")]


def _read_published(body: Any) -> PublishedMessage:
    return PublishedMessage(lenient_json.id_text(body, "id"), lenient_json.id_text(body, "conversationsThreadId"))

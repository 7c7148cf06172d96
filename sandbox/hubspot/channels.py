"""Channels of apps in inboxes: what is registered and connected, and the webhooks that tell of it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sandbox.hubspot.inbox_state import ChannelAccount, CustomChannel, InboxThread, StagingToken
from sandbox.hubspot.sender import Sent
from sandbox.hubspot.state import HubSpotApp, Portal
from sandbox.hubspot.values import iso

if TYPE_CHECKING:
    from sandbox.hubspot.hubspot import HubSpot

CREATED, UPDATED, PURGED = "CHANNEL_ACCOUNT_CREATED", "CHANNEL_ACCOUNT_UPDATED", "CHANNEL_ACCOUNT_PURGED"
OUTGOING = "OUTGOING_CHANNEL_MESSAGE_CREATED"
# A webhook that is not answered well is sent again after these seconds.
PAUSES = (1.0, 10.0, 60.0, 300.0, 1800.0)
ANSWER_SECONDS = 5.0


class Channels:
    """Connects channels to inboxes, and tells their apps."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.hubspot = hubspot

    def find(self, portal: Portal, channel_id: str) -> tuple[HubSpotApp, CustomChannel] | None:
        """Return a channel of an app that the portal has installed."""
        for install in self.hubspot.grants.of_portal(portal.portal_id):
            app = self.hubspot.apps[install.app_id]
            if channel_id in app.channels:
                return app, app.channels[channel_id]
        return None

    def offered(self, portal: Portal) -> list[tuple[HubSpotApp, CustomChannel]]:
        """Return the channels that the inbox settings offer: those of installed apps that have a connect page."""
        if not portal.has_automation:
            return []
        apps = [self.hubspot.apps[install.app_id] for install in self.hubspot.grants.of_portal(portal.portal_id)]
        return [(app, channel) for app in apps for channel in app.channels.values() if channel.redirect_url]

    def begin(self, portal: Portal, channel_id: str, inbox_id: str) -> StagingToken:
        """Begin to connect a channel to an inbox; its token goes with the administrator to the app."""
        made = StagingToken(secrets.token_urlsafe(24), channel_id, inbox_id, self.hubspot.now_ms())
        portal.inbox.tokens[made.token] = made
        self.hubspot.touch()
        return made

    def complete(self, portal: Portal, token: StagingToken) -> ChannelAccount:
        """Connect what the app has described in the token, and tell the app."""
        token.is_used = True
        return self.connect(portal, token.channel_id, token.inbox_id, token.account_name, token.identifier)

    def connect(
        self, portal: Portal, channel_id: str, inbox_id: str, name: str, identifier: dict[str, str] | None
    ) -> ChannelAccount:
        made = ChannelAccount(
            portal.inbox.next_id(), channel_id, inbox_id, name, identifier, created_at=self.hubspot.now_ms()
        )
        portal.inbox.accounts[made.id] = made
        self.tell_account(portal, made, CREATED)
        return made

    def by_identifier(self, portal: Portal, channel_id: str, value: str) -> ChannelAccount | None:
        """Return the account of a channel that has this delivery identifier and was not purged."""
        for account in portal.inbox.accounts.values():
            is_it = account.channel_id == channel_id and (account.identifier or {}).get("value") == value
            if is_it and account.archived_at is None:
                return account
        return None

    def purge(self, portal: Portal, account: ChannelAccount) -> None:
        """Remove a connected channel from its inbox, as an administrator does in the settings; threads stay."""
        account.archived_at, account.authorized = self.hubspot.now_ms(), False
        self.tell_account(portal, account, PURGED)

    def tell_account(self, portal: Portal, account: ChannelAccount, kind: str) -> None:
        self.hubspot.touch()
        about = {"channelAccountId": account.id, "channelAccount": self.account_drawn(account)}
        self._tell(portal, account.channel_id, kind, about)

    def tell_message(self, portal: Portal, thread: InboxThread, message: dict[str, Any]) -> None:
        """Send what a person has written in the inbox to the app of the channel."""
        about = {"channelIntegrationThreadIds": [thread.integration_id], "message": message}
        self._tell(portal, thread.channel_id, OUTGOING, about)

    def _tell(self, portal: Portal, channel_id: str, kind: str, about: dict[str, Any]) -> None:
        found = self.find(portal, channel_id)
        if found is None or not found[1].webhook_url:
            return
        event = {
            "type": kind,
            "portalId": portal.portal_id,
            "channelId": channel_id,
            "eventTimestamp": iso(self.hubspot.now_ms()),
            "eventId": secrets.token_hex(8),
            **about,
        }
        dice, inbox = self.hubspot.random, portal.inbox
        times = 2 if dice.random() < inbox.duplicate_rate else 1
        for _time in range(times):
            wait = inbox.late_seconds * (dice.random() if inbox.shuffle else 1)
            self.hubspot.sender.spawn(self._deliver(*found, portal, event, wait))

    async def _deliver(
        self, app: HubSpotApp, channel: CustomChannel, portal: Portal, event: dict[str, Any], wait: float
    ) -> None:
        """Send one event until it is taken."""
        clock, body = self.hubspot.clock, [event] if portal.inbox.as_arrays else event
        if wait:
            await clock.sleep_until(clock.now() + wait)
        for attempt in range(len(PAUSES) + 1):
            sent = await self._attempt(app, channel, portal, body, attempt)
            if sent.succeeded or attempt == len(PAUSES):
                return
            await clock.sleep_until(clock.now() + PAUSES[attempt])

    async def _attempt(self, app: HubSpotApp, channel: CustomChannel, portal: Portal, body: Any, attempt: int) -> Sent:
        signed = ["v3"] if portal.inbox.is_signed else []
        return await self.hubspot.sender.post(
            app, "channel", channel.webhook_url, body, signed=signed, attempt=attempt, seconds=ANSWER_SECONDS
        )

    @staticmethod
    def account_drawn(account: ChannelAccount) -> dict[str, Any]:
        """Return a channel account as answers show it."""
        body: dict[str, Any] = {
            "id": account.id,
            "active": account.archived_at is None,
            "archived": account.archived_at is not None,
            "authorized": account.authorized,
            "channelId": account.channel_id,
            "createdAt": iso(account.created_at),
            "inboxId": account.inbox_id,
            "name": account.name,
        }
        if account.identifier:
            body["deliveryIdentifier"] = account.identifier
        if account.archived_at is not None:
            body["archivedAt"] = iso(account.archived_at)
        return body


def channel_drawn(channel: CustomChannel) -> dict[str, Any]:
    """Return a channel as answers show it."""
    optional = {
        "webhookUrl": channel.webhook_url,
        "channelAccountConnectionRedirectUrl": channel.redirect_url,
        "channelDescription": channel.description,
        "channelLogoUrl": channel.logo_url,
    }
    shown = {name: value for name, value in optional.items() if value}
    base = {"id": channel.id, "name": channel.name, "capabilities": channel.capabilities}
    return {**base, "createdAt": iso(channel.created_at), **shown}

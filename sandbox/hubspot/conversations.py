"""Threads of an inbox: what apps publish in them, and what people write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sandbox.hubspot import errors
from sandbox.hubspot.inbox_state import ChannelAccount, CustomChannel, InboxThread, StoredFile
from sandbox.hubspot.state import CONTACTS, Portal
from sandbox.hubspot.values import iso

if TYPE_CHECKING:
    from sandbox.hubspot.hubspot import HubSpot

INCOMING, OUTGOING = "INCOMING", "OUTGOING"
USAGES = ("AUDIO", "IMAGE", "OTHER", "STICKER", "VOICE_RECORDING")
OTHER_ATTACHMENTS = ("CONTACT", "MESSAGE_HEADER", "QUICK_REPLIES", "SOCIAL_MEDIA_METADATA", "UNSUPPORTED_CONTENT")
Message = dict[str, Any]


class Conversations:
    """Publishes, writes and settles messages."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.hubspot = hubspot

    def publish(self, portal: Portal, app_id: str, channel: CustomChannel, body: Message, origin: str) -> Message:
        """Take a message of an app; the same idempotency id again is the message that is there."""
        inbox, key = portal.inbox, str(body.get("integrationIdempotencyId") or "")
        if key and f"{channel.id}:{key}" in inbox.known_ids:
            return inbox.messages[inbox.known_ids[f"{channel.id}:{key}"]]
        account = self._open_account(portal, channel, body)
        attachments = [self._attachment(portal, one, origin) for one in body["attachments"]]
        thread = self._thread(portal, channel, account, body)
        is_incoming = body["messageDirection"] == INCOMING
        made = self._message(portal, thread, body["messageDirection"], str(body["text"]), attachments)
        made |= {
            "createdAt": body["timestamp"],
            "createdBy": f"V-{thread.contact_id or 0}" if is_incoming else f"I-{app_id}",
            "client": {"clientType": "INTEGRATION", "integrationAppId": int(app_id)},
            "senders": [_participant(one) for one in body["senders"]],
            "recipients": [_participant(one) for one in body["recipients"]],
            "status": {"statusType": "RECEIVED" if is_incoming else "SENT"},
        }
        if key:
            inbox.known_ids[f"{channel.id}:{key}"] = made["id"]
        thread.is_unread = thread.is_unread or is_incoming
        return made

    def _open_account(self, portal: Portal, channel: CustomChannel, body: Message) -> ChannelAccount:
        account = portal.inbox.accounts.get(str(body["channelAccountId"]))
        if account is None or account.channel_id != channel.id or account.archived_at is not None:
            raise errors.not_found("The channel account does not exist.")
        if not account.authorized:
            raise errors.invalid("The channel account is not authorized.")
        return account

    def _thread(self, portal: Portal, channel: CustomChannel, account: ChannelAccount, body: Message) -> InboxThread:
        """Return the thread of the message, made where the channel's threading model knows none."""
        visitor = (body["senders"] if body["messageDirection"] == INCOMING else body["recipients"])[0]
        if channel.capabilities["threadingModel"] == "INTEGRATION_THREAD_ID":
            name = str(body.get("integrationThreadId") or "")
            if not name:
                raise errors.missing_field("integrationThreadId")
        else:
            name = str(visitor["deliveryIdentifier"]["value"])
        contact = self._contact(portal, body)
        for found in portal.inbox.threads.values():
            if (found.account_id, found.integration_id) == (account.id, name):
                found.contact_id = contact or found.contact_id
                if body["messageDirection"] == INCOMING and visitor.get("name"):
                    found.visitor = visitor
                return found
        now = self.hubspot.now_ms()
        number = portal.inbox.next_id()
        made = InboxThread(number, account.inbox_id, channel.id, account.id, name, visitor, contact, now, now)
        portal.inbox.threads[made.id] = made
        return made

    def _contact(self, portal: Portal, body: Message) -> str | None:
        number = body.get("associateWithContactId")
        if number is None:
            return None
        record = self.hubspot.book(portal, CONTACTS).resolve(int(number))
        if record is None or not record.is_live:
            raise errors.not_found(f"No contact exists with id {number}.")
        return str(record.id)

    def _attachment(self, portal: Portal, given: Any, origin: str) -> Message:
        kind = given.get("type") if isinstance(given, dict) else None
        if kind == "LOCATION":
            return dict(given)
        if kind in OTHER_ATTACHMENTS:
            return dict(given)
        if kind != "FILE":
            raise errors.invalid(f"Unknown attachment type: {kind}")
        stored = portal.inbox.files.get(str(given.get("fileId")))
        if stored is None or stored.archived_at is not None:
            raise errors.invalid(f"The file {given.get('fileId')} does not exist.")
        usage = given.get("fileUsageType", "OTHER")
        if usage not in USAGES:
            raise errors.invalid(f"Unknown fileUsageType: {usage}")
        return self.file_attachment(portal, stored, usage, origin)

    def file_attachment(self, portal: Portal, stored: StoredFile, usage: str, origin: str) -> Message:
        """Return a file as messages show it, with its address signed for a while."""
        name = f"{stored.name}.{stored.extension}" if stored.extension else stored.name
        url = self.hubspot.files.signed_url(portal, stored, origin)[0]
        return {"type": "FILE", "fileId": stored.id, "fileUsageType": usage, "name": name, "url": url}

    def write(
        self, portal: Portal, thread: InboxThread, agent: int, text: str, files: Iterable[StoredFile], origin: str
    ) -> Message:
        """Write a message as a person of the portal; the app is asked to deliver it."""
        attachments = [
            self.file_attachment(portal, one, "IMAGE" if one.content_type.startswith("image/") else "OTHER", origin)
            for one in files
        ]
        made = self._message(portal, thread, OUTGOING, text, attachments)
        account = portal.inbox.accounts[thread.account_id]
        made |= {
            "createdAt": iso(self.hubspot.now_ms()),
            "createdBy": f"A-{agent + 1}",
            "client": {"clientType": "HUBSPOT"},
            "senders": [_sender(portal, account, agent)],
            "recipients": [{"actorId": f"V-{thread.contact_id or 0}", **_participant(thread.visitor)}],
        }
        thread.is_unread = False
        self.hubspot.channels.tell_message(portal, thread, dict(made))
        return made

    def _message(
        self, portal: Portal, thread: InboxThread, direction: str, text: str, attachments: list[Message]
    ) -> Message:
        number = portal.inbox.next_id()
        made: Message = {
            "id": number,
            "type": "MESSAGE",
            "archived": False,
            "conversationsThreadId": thread.id,
            "channelId": thread.channel_id,
            "channelAccountId": thread.account_id,
            "direction": direction,
            "text": text,
            "richText": "",
            "attachments": attachments,
            "truncationStatus": "NOT_TRUNCATED",
        }
        portal.inbox.messages[number] = made
        thread.message_ids.append(number)
        thread.changed_at = self.hubspot.now_ms()
        self.hubspot.touch()
        return made

    def settle(self, portal: Portal, message_id: str, status: str, error: str) -> Message:
        """Note what the app says became of a message."""
        found = portal.inbox.messages.get(message_id)
        if found is None:
            raise errors.not_found("The message does not exist.")
        found["status"] = {"statusType": status}
        if status == "FAILED":
            found["status"]["failureDetails"] = {"errorMessageTokens": {}, "errorMessage": error}
        found["updatedAt"] = iso(self.hubspot.now_ms())
        self.hubspot.touch()
        return found


def _participant(given: Message) -> Message:
    return {name: given[name] for name in ("deliveryIdentifier", "name") if given.get(name)}


def _sender(portal: Portal, account: ChannelAccount, agent: int) -> Message:
    identifier = {"deliveryIdentifier": account.identifier} if account.identifier else {}
    return {"actorId": f"A-{agent + 1}", "name": portal.inbox.agents[agent], **identifier}

"""The inbox as its people use it: channels connected, threads read and answered, troubles on the way."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from sandbox.control.hubspot.finding import PORTAL, hubspot, portal
from sandbox.control.plumbing import Control, ControlError, control_route
from sandbox.hubspot.channels import UPDATED
from sandbox.hubspot.envelope import PREFIX
from sandbox.hubspot.inbox_state import ChannelAccount, InboxThread, StoredFile
from sandbox.records import change

ROOM = f"{PORTAL}/inbox"
ACCOUNT = f"{ROOM}/accounts/{{account_id}}"
THREAD = f"{ROOM}/threads/{{thread_id}}"
SWITCHES = {"agents", "duplicate_rate", "shuffle", "late_seconds", "as_arrays", "is_signed"}


def add_routes(app: web.Application) -> None:
    """Serve the inbox."""
    control_route(app, "GET", ROOM, show)
    control_route(app, "PATCH", ROOM, switch)
    control_route(app, "POST", f"{ROOM}/connections", begin)
    control_route(app, "PATCH", ACCOUNT, rename)
    control_route(app, "DELETE", ACCOUNT, purge)
    control_route(app, "GET", THREAD, read)
    control_route(app, "POST", f"{THREAD}/messages", write, 201)
    control_route(app, "POST", f"{ROOM}/messages/{{message_id}}/again", tell_again)


async def show(control: Control) -> dict[str, Any]:
    """Return inboxes, people, what can be connected and is, and threads without their messages."""
    found, state = portal(control), portal(control).inbox
    offered = [{"id": one.id, "name": one.name} for _app, one in hubspot(control).channels.offered(found)]
    return {
        "rooms": [asdict(room) for room in state.rooms],
        "agents": state.agents,
        "channels": offered,
        "accounts": [asdict(account) for account in state.accounts.values()],
        "threads": [asdict(thread) for thread in newest_first(control)],
        "files": len(state.files),
    }


def newest_first(control: Control) -> list[InboxThread]:
    return sorted(portal(control).inbox.threads.values(), key=lambda one: (one.changed_at, one.id), reverse=True)


async def switch(control: Control) -> dict[str, Any]:
    """Change the people of the inbox, or how its webhooks are treated on the way."""
    change(portal(control).inbox, control.body, allowed=SWITCHES)
    hubspot(control).touch()
    return await show(control)


async def begin(control: Control) -> dict[str, Any]:
    """Begin to connect `channel_id` to `inbox_id`; the address to which the administrator is sent."""
    return {"location": connect_address(control, str(control.body["channel_id"]), str(control.body["inbox_id"]))}


def connect_address(control: Control, channel_id: str, inbox_id: str, back: str = "") -> str:
    """Return the connect page of the channel's app with a token for this inbox."""
    found = portal(control)
    offered = {channel.id: channel for _app, channel in hubspot(control).channels.offered(found)}
    if channel_id not in offered or found.inbox.room(inbox_id) is None:
        raise ControlError(404, "There is no such channel or inbox.")
    token = hubspot(control).channels.begin(found, channel_id, inbox_id)
    redirect = back or f"{control.origin()}{PREFIX}/live-messages-settings/{found.portal_id}/inboxes"
    query = {"accountToken": token.token, "channelId": channel_id, "redirectUrl": redirect, "inboxId": inbox_id}
    address = offered[channel_id].redirect_url
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def account_of(control: Control) -> ChannelAccount:
    found = portal(control).inbox.accounts.get(control.request.match_info["account_id"])
    if found is None or found.archived_at is not None:
        raise ControlError(404, "There is no such channel account.")
    return found


async def rename(control: Control) -> dict[str, Any]:
    """Give a connected channel another `name`."""
    found = account_of(control)
    found.name = str(control.body["name"])
    hubspot(control).channels.tell_account(portal(control), found, UPDATED)
    return asdict(found)


async def purge(control: Control) -> dict[str, Any]:
    """Remove a connected channel from its inbox."""
    found = account_of(control)
    hubspot(control).channels.purge(portal(control), found)
    return asdict(found)


def thread_of(control: Control) -> InboxThread:
    found = portal(control).inbox.threads.get(control.request.match_info["thread_id"])
    if found is None:
        raise ControlError(404, "There is no such thread.")
    return found


async def read(control: Control) -> dict[str, Any]:
    """Return a thread with its messages, the oldest first."""
    return asdict(thread_of(control)) | {"messages": messages_of(control, thread_of(control))}


def messages_of(control: Control, thread: InboxThread) -> list[dict[str, Any]]:
    """Return the messages in the order of their times."""
    inbox = portal(control).inbox
    return sorted((inbox.messages[number] for number in thread.message_ids), key=lambda one: str(one["createdAt"]))


async def write(control: Control) -> dict[str, Any]:
    """Answer in a thread as person number `agent` with `text`, and `files` of name, content_type and base64."""
    body, thread = control.body, thread_of(control)
    given = [_stored(control, one) for one in body.get("files", ())]
    return say(control, thread, int(body.get("agent", 0)), str(body.get("text", "")), given)


def say(control: Control, thread: InboxThread, agent: int, text: str, files: list[StoredFile]) -> dict[str, Any]:
    """Write as a person of the portal."""
    found = portal(control)
    if not 0 <= agent < len(found.inbox.agents):
        raise ControlError(404, "There is no such person.")
    if not text.strip() and not files:
        raise ControlError(400, "Write something first.")
    account = found.inbox.accounts[thread.account_id]
    if account.archived_at is not None or not account.authorized:
        raise ControlError(409, "The channel is not connected any more.")
    origin = f"{control.origin()}{PREFIX}"
    return hubspot(control).conversations.write(found, thread, agent, text, files, origin)


def _stored(control: Control, given: dict[str, str]) -> StoredFile:
    content = base64.b64decode(given["content"])
    kind, name = given.get("content_type", "application/octet-stream"), given.get("name", "file")
    return keep_file(control, name, content, kind)


def keep_file(control: Control, name: str, content: bytes, content_type: str) -> StoredFile:
    """Store what a person attaches."""
    files = hubspot(control).files
    return files.store(portal(control), name, content, content_type, "HIDDEN_PRIVATE", "/conversations")


async def tell_again(control: Control) -> dict[str, Any]:
    """Send the webhook of a person's message once more."""
    found = portal(control)
    message = found.inbox.messages.get(control.request.match_info["message_id"])
    if message is None or message["direction"] != "OUTGOING":
        raise ControlError(404, "There is no such message.")
    hubspot(control).channels.tell_message(found, found.inbox.threads[message["conversationsThreadId"]], dict(message))
    return {"sent": message["id"]}

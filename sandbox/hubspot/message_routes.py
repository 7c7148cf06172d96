"""The wire of messages: apps publish, read and settle them; inboxes, threads and people are read."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.channel_routes import CHANNEL, READ, ROOTS, WRITE, _channel, _page
from sandbox.hubspot.conversations import INCOMING, OUTGOING
from sandbox.hubspot.envelope import Call, Rules, answer, api_route
from sandbox.hubspot.inbox_state import InboxThread
from sandbox.hubspot.values import iso

FIELDS = (
    "attachments", "channelAccountId", "messageDirection", "recipients", "senders", "text", "timestamp",
    "associateWithContactId", "inReplyToId", "integrationIdempotencyId", "integrationThreadId", "preResolvedContacts",
    "richText",
)  # fmt: skip
NEEDED = FIELDS[:7]
STATUSES = ("FAILED", "READ", "SENT")
LONGEST_TEXT = 100_000
READS = ("/conversations/conversations/{version:2026-09-beta}", "/conversations/v3/conversations")
READ_INBOX = Rules(("conversations.read",))


def add_routes(app: web.Application) -> None:
    """Serve messages and what can be read of inboxes."""
    messages = f"{CHANNEL}/messages"
    for method, tail, handler, rules in (
        ("POST", messages, publish, WRITE),
        ("GET", f"{messages}/{{message_id}}", read, READ),
        ("PATCH", f"{messages}/{{message_id}}", settle, WRITE),
    ):
        paths, named = [f"{root}{tail}" for root in ROOTS], f"{ROOTS[0]}{tail}".replace(":[0-9]+", "")
        api_route(app, method, paths, handler, rules, named=named)
    for method, tail, handler in (
        ("GET", "/inboxes", inboxes),
        ("GET", "/inboxes/{inbox_id}", inbox),
        ("GET", "/threads", threads),
        ("GET", "/threads/{thread_id}", thread),
        ("GET", "/threads/{thread_id}/messages", thread_messages),
        ("GET", "/actors/{actor_id}", actor),
    ):
        named = f"{READS[1]}{tail}"
        api_route(app, method, [f"{root}{tail}" for root in READS], handler, READ_INBOX, named=named)


async def publish(call: Call) -> web.Response:
    body, channel = call.json(FIELDS), _channel(call)
    for name in NEEDED:
        if body.get(name) is None:
            raise errors.missing_field(name)
    if body["messageDirection"] not in (INCOMING, OUTGOING):
        raise errors.invalid(f"Unknown messageDirection: {body['messageDirection']}")
    for name in ("attachments", "senders", "recipients"):
        if not isinstance(body[name], list):
            raise errors.invalid(f"{name} must be a list.")
    for name in ("senders", "recipients"):
        if not body[name] or not all((one.get("deliveryIdentifier") or {}).get("value") for one in body[name]):
            raise errors.missing_field(f"{name}.deliveryIdentifier")
    if len(str(body["text"])) > LONGEST_TEXT:
        raise errors.invalid("The text is too long.")
    made = call.hubspot.conversations.publish(call.portal, call.bearer.app_id, channel, body, call.origin())
    return answer(made, 201)


async def read(call: Call) -> web.Response:
    _channel(call)
    found = call.portal.inbox.messages.get(call.parameter("message_id"))
    if found is None:
        raise errors.not_found("The message does not exist.")
    return answer(found)


async def settle(call: Call) -> web.Response:
    _channel(call)
    body = call.json(("statusType", "errorMessage"))
    if body.get("statusType") not in STATUSES:
        raise errors.invalid(f"statusType must be one of {', '.join(STATUSES)}.")
    status, error = str(body["statusType"]), str(body.get("errorMessage") or "")
    return answer(call.hubspot.conversations.settle(call.portal, call.parameter("message_id"), status, error))


async def inboxes(call: Call) -> web.Response:
    return _page(call, [_room(call, room.id) for room in call.portal.inbox.rooms])


def _room(call: Call, inbox_id: str) -> dict[str, Any]:
    room = call.portal.inbox.room(inbox_id)
    if room is None:
        raise errors.not_found("The inbox does not exist.")
    moment = iso(0)
    return {
        "id": room.id, "name": room.name, "type": "INBOX", "archived": False, "createdAt": moment, "updatedAt": moment,
    }  # fmt: skip


async def inbox(call: Call) -> web.Response:
    return answer(_room(call, call.parameter("inbox_id")))


def _thread(call: Call) -> InboxThread:
    found = call.portal.inbox.threads.get(call.parameter("thread_id"))
    if found is None:
        raise errors.not_found("The thread does not exist.")
    return found


def _thread_drawn(found: InboxThread) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": found.id,
        "archived": False,
        "createdAt": iso(found.created_at),
        "inboxId": found.inbox_id,
        "originalChannelId": found.channel_id,
        "originalChannelAccountId": found.account_id,
        "spam": False,
        "status": "OPEN",
        "latestMessageTimestamp": iso(found.changed_at),
    }
    return body | ({"associatedContactId": found.contact_id} if found.contact_id else {})


async def threads(call: Call) -> web.Response:
    wanted = call.query.get("associatedContactId")
    found = [one for one in call.portal.inbox.threads.values() if wanted in (None, one.contact_id)]
    return _page(call, [_thread_drawn(one) for one in found])


async def thread(call: Call) -> web.Response:
    return answer(_thread_drawn(_thread(call)))


async def thread_messages(call: Call) -> web.Response:
    return _page(call, [call.portal.inbox.messages[number] for number in _thread(call).message_ids])


async def actor(call: Call) -> web.Response:
    """Return who someone is; people of the portal are A- and their number."""
    kind, _, number = call.parameter("actor_id").partition("-")
    agents = call.portal.inbox.agents
    if kind == "A" and number.isdecimal() and 0 < int(number[:9]) <= len(agents):
        name = agents[int(number) - 1]
        return answer({"id": f"A-{number}", "type": "AGENT", "name": name, "email": f"user{number}@example.com"})
    raise errors.not_found("The actor does not exist.")

"""5,000 messages between LINE and HubSpot's inbox, half each way, one in five with a picture, against a bare loop.

Both fetch the same pictures, upload them, publish, push to LINE and tell HubSpot what became of it, at 20 ms a call of
HubSpot's. The bare loop makes one call after the other and stores nothing. `BENCH_MESSAGES=500` sends fewer.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
from time import perf_counter
from typing import Any
from uuid import uuid4

import aiohttp
from PIL import Image
from sqlalchemy import text

from app.core.db import db
from app.integrations.hubspot.gateway import paths
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.hubspot.inbox import answering, portal, publishing
from app.integrations.hubspot.inbox.models import HubSpotAnswer, HubSpotInbox
from app.integrations.shared.models import Integration
from app.line.gateway.urls import urls as line_urls
from app.messages.conversations.contents.fetching import fetch
from app.messages.conversations.contents.models import ContentState, MessageContent
from app.messages.conversations.contents.ordering import order_contents
from app.messages.conversations.models import ConversationMessage
from app.messages.sending.delivery import deliver_due
from bench.friend_import import store_account
from bench.harness import Result, alternate, installation, peak_rss_mb
from bench.hubspot_writeback_100k import Granted
from tests.factories import integrations
from tests.sandbox.hubspot.portals import Portal
from tests.sandbox.hubspot.test_channels import connect, register
from tests.support.sandbox import SandboxServer

MESSAGES, PEOPLE, ROUNDS, LATENCY_MS = 5_000, 100, 2, 20
PICTURE_EVERY = 5
_FRIENDS = text("""
    INSERT INTO friends (account_id, line_user_id, display_name, origin, follow_status, followed_at)
    SELECT :account_id, one, 'Friend', 'webhook', 'following', now() FROM unnest(CAST(:people AS text[])) AS one
""")
_CHATS = text("""
    INSERT INTO conversations (account_id, chat_id, kind, friend_id)
    SELECT account_id, line_user_id, 'friend', id FROM friends
""")
_SAID = text("""
    WITH told AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS told (chat_id text, line_id text, type text, n int)
    ), thread AS (
        INSERT INTO hubspot_threads (integration_id, inbox_id, account_id, chat_id, due_at)
        SELECT DISTINCT :integration_id, :inbox_id, :account_id, chat_id, now() FROM told
        ON CONFLICT (inbox_id, chat_id) DO UPDATE SET due_at = now() RETURNING id, chat_id
    ), message AS (
        INSERT INTO conversation_messages (account_id, chat_id, friend_id, direction, author_kind, author_line_id, type,
            content, state, line_message_id, occurred_at, cause_kind, cause_id)
        SELECT :account_id, told.chat_id, friends.id, 'in', 'friend', told.chat_id, type,
            jsonb_build_object('text', 'Message ' || n), 'received', line_id, now() + n * interval '1 ms',
            'webhook_event', line_id
        FROM told JOIN friends ON friends.line_user_id = told.chat_id
    )
    INSERT INTO hubspot_outgoing (thread_id, source, occurred_at)
    SELECT thread.id, 'line:' || line_id, now() + n * interval '1 ms' FROM told JOIN thread USING (chat_id)
""")


class _Place:
    """The account, the portal and the channel, and what is said at both ends."""

    def __init__(self, server: SandboxServer, app: Any) -> None:
        self.server, self.messages = server, int(os.environ.get("BENCH_MESSAGES", MESSAGES))
        urls.use(f"{server.url}/hubspot", f"{server.url}/hubspot")
        line_urls.use(server.url, server.url, server.url)
        self.portal = Portal.open(server, switches={"latency_ms": LATENCY_MS, "access_token_seconds": 86_400})
        # Nothing listens there: what HubSpot would tell is stored by hand.
        self.channel = register(self.portal.app, "http://127.0.0.1:9")
        self.account_id = connect(self.portal, self.channel)
        self.line = server.create_channel(kind="verified", population={"followers": PEOPLE})
        path = f"/channels/{self.line['channel_id']}"
        self.line |= {"token": server.api("POST", f"{path}/tokens", {"kind": "long-lived"})["value"]}
        found = server.api("GET", f"{path}/friends?limit={PEOPLE}&state=friend")["friends"]
        self.people = [one["user_id"] for one in found]
        account = store_account(self.line)
        self.account = account.id
        self.integration = integrations.integration(account, remote_id=self.portal.portal_id).id
        self.inbox = self._inbox()
        db.session.execute(_FRIENDS, {"account_id": self.account, "people": self.people})
        db.session.execute(_CHATS)
        db.session.commit()
        buffer = io.BytesIO()
        Image.new("RGB", (400, 300), "teal").save(buffer, "JPEG")
        self.picture = base64.b64encode(buffer.getvalue()).decode()

    def _inbox(self) -> int:
        ids = {"integration_id": self.integration, "account_id": self.account, "channel_id": self.channel}
        made = HubSpotInbox(**ids, identifier="acct-1", state="connected", channel_account_id=self.account_id)
        db.session.add(made)
        db.session.commit()
        return made.id

    def said(self) -> list[dict[str, Any]]:
        """Let friends write half of the messages."""
        rows = []
        for number in range(self.messages // 2):
            person, kind = self.people[number % PEOPLE], "text" if number % PICTURE_EVERY else "image"
            message = {"type": kind, **({"text": f"Message {number}"} if kind == "text" else {})}
            path = f"/channels/{self.line['channel_id']}/friends/{person}/acts"
            event = self.server.api("POST", path, {"act": "message", "message": message, "wait": 0})["events"][0]
            rows.append({"chat_id": person, "line_id": event["message"]["id"], "type": kind, "n": number})
        return rows

    def written(self) -> list[dict[str, Any]]:
        """Let people of HubSpot write the other half, in threads that are there."""
        threads = self.portal.control("GET", "/inbox")["threads"]
        file = {"name": "a.jpg", "content_type": "image/jpeg", "content": self.picture}
        found = []
        for number in range(self.messages // 2):
            thread = threads[number % len(threads)]
            files = [] if number % PICTURE_EVERY else [file]
            body = {"text": f"Answer {number}", "files": files}
            made = self.portal.control("POST", f"/inbox/threads/{thread['id']}/messages", body)
            found.append({**made, "thread": thread["integration_id"]})
        return found


def run() -> list[Result]:
    """Measure messages a second, both ways."""
    with SandboxServer() as server, installation("hubspot_inbox") as made, made.app.app_context():
        place = _Place(server, made.app)
        granted = Granted(place.portal)
        for module in (publishing, portal):
            module.access_of = lambda _integration: granted  # type: ignore[assignment, attr-defined]

        def ours() -> float:
            rows = place.said()
            _store_said(place, rows)
            begin = perf_counter()
            _fetch_pictures()
            _until_nothing(lambda: publishing.publish_due(place.integration))
            seconds = perf_counter() - begin
            _store_written(place, place.written())
            begin = perf_counter()
            _until_nothing(answering.answer_due)
            _until_nothing(deliver_due)
            _until_nothing(answering.answer_due)
            return place.messages / (seconds + perf_counter() - begin)

        def bare() -> float:
            rows = place.said()
            seconds = asyncio.run(_publish(place, rows))
            return place.messages / (seconds + asyncio.run(_answer(place, place.written())))

        value, reference = alternate(ours, bare, rounds=ROUNDS)
        _prove(place)
    return [
        Result("hubspot_inbox", value, "messages/s", reference, "higher", place.messages),
        Result("hubspot_inbox.memory", peak_rss_mb(), "MB", 400, "lower", place.messages),
    ]


def _store_said(place: _Place, rows: list[dict[str, Any]]) -> None:
    ids = {"integration_id": place.integration, "inbox_id": place.inbox, "account_id": place.account}
    db.session.execute(_SAID, {**ids, "rows": json.dumps(rows)})
    order_contents(db.session.scalars(db.select(ConversationMessage.id)).all())
    db.session.commit()


def _fetch_pictures() -> None:
    waiting = db.select(MessageContent.id).where(MessageContent.state == ContentState.WAITING)
    for content_id in db.session.scalars(waiting).all():
        fetch(content_id)


def _store_written(place: _Place, found: list[dict[str, Any]]) -> None:
    moment = db.session.scalar(text("SELECT now()"))
    told = {"integration_id": place.integration, "channel_id": place.channel, "channel_account_id": place.account_id}
    db.session.add_all(
        HubSpotAnswer(
            **told,
            remote_id=one["id"],
            thread_name=f"{place.account}:{one['thread'].partition(':')[2]}",
            message=one,
            written_at=moment,
            due_at=moment,
        )
        for one in found
    )
    db.session.commit()


def _until_nothing(work: Any) -> None:
    while work():
        db.session.rollback()


def _prove(place: _Place) -> None:
    """Raise unless everything went through."""
    left = text("""
        SELECT (SELECT count(*) FROM hubspot_outgoing WHERE state <> 'published')
             + (SELECT count(*) FROM hubspot_answers WHERE state <> 'done' OR problem IS NOT NULL)
    """)
    if count := db.session.scalar(left):
        raise RuntimeError(f"{count} messages did not go through.")
    assert db.session.get_one(Integration, place.integration).is_connected


async def _publish(place: _Place, rows: list[dict[str, Any]]) -> float:
    begin = perf_counter()
    async with aiohttp.ClientSession() as session:
        for row in rows:
            attachments = [await _upload(session, place, row["line_id"])] if row["type"] == "image" else []
            body = {
                "channelAccountId": place.account_id,
                "messageDirection": "INCOMING",
                "timestamp": "2026-11-21T01:02:03Z",
                "text": f"Message {row['n']}",
                "senders": [_party(row["chat_id"])],
                "recipients": [_party("acct-1")],
                "attachments": attachments,
                "integrationThreadId": f"{place.account}:{row['chat_id']}",
                "integrationIdempotencyId": row["line_id"],
            }
            await _call(session, place, "POST", paths.channels(place.channel, "messages"), json=body)
    return perf_counter() - begin


async def _answer(place: _Place, found: list[dict[str, Any]]) -> float:
    begin = perf_counter()
    async with aiohttp.ClientSession() as session:
        for one in found:
            for file in one["attachments"]:
                async with session.get(file["url"]) as answer:
                    await answer.read()
            await _push(session, place, one)
            path = paths.channels(place.channel, "messages", one["id"])
            await _call(session, place, "PATCH", path, json={"statusType": "SENT"})
    return perf_counter() - begin


async def _push(session: aiohttp.ClientSession, place: _Place, one: dict[str, Any]) -> None:
    messages: list[dict[str, Any]] = [{"type": "text", "text": one["text"]}]
    if one["attachments"]:
        address = "https://example.com/a.jpg"
        messages.append({"type": "image", "originalContentUrl": address, "previewImageUrl": address})
    headers = {"Authorization": f"Bearer {place.line['token']}", "X-Line-Retry-Key": str(uuid4())}
    body = {"to": one["thread"].partition(":")[2], "messages": messages}
    url = f"{place.server.url}/v2/bot/message/push"
    async with session.post(url, json=body, headers=headers) as answer:
        answer.raise_for_status()


async def _upload(session: aiohttp.ClientSession, place: _Place, message_id: str) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {place.line['token']}"}
    async with session.get(f"{place.server.url}/v2/bot/message/{message_id}/content", headers=headers) as answer:
        content = await answer.read()
    form = aiohttp.FormData()
    form.add_field("file", content, filename="a.jpg", content_type="image/jpeg")
    form.add_field("options", json.dumps({"access": "PRIVATE"}))
    form.add_field("folderPath", "/LINE")
    made = await _call(session, place, "POST", paths.files(), data=form)
    return {"type": "FILE", "fileId": made["id"], "fileUsageType": "IMAGE"}


async def _call(session: aiohttp.ClientSession, place: _Place, method: str, path: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {place.portal.token}"}
    async with session.request(method, f"{place.server.url}/hubspot{path}", headers=headers, **body) as answer:
        answer.raise_for_status()
        return await answer.json()


def _party(value: str) -> dict[str, Any]:
    return {"deliveryIdentifier": {"type": "CHANNEL_SPECIFIC_OPAQUE_ID", "value": value}}

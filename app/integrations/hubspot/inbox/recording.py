"""Note what is to be published in HubSpot's inbox, in the transaction in which it happens here.

Nothing is read of the message itself: a worker does that when its turn comes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import literal, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core import queue
from app.core.db import db
from app.friends.models import Friend
from app.integrations.hubspot.inbox.models import (
    HubSpotInbox,
    HubSpotOutgoing,
    HubSpotThread,
    InboxState,
    OutboxState,
)
from app.line.events import MessageReceived, MessageUnsent
from app.messages.broadcasts.models import Broadcast, BroadcastRecipient
from app.messages.broadcasts.queries.received import RECEIVED_AT, received
from app.messages.sending.causes import CauseKind
from app.messages.sending.events import SettledSend
from app.messages.sending.models import SendState

PUBLISH = "integrations.hubspot.inbox.publish"
# Sends that HubSpot has already, and those that no friend gets.
LEFT_OUT = frozenset({CauseKind.HUBSPOT_INBOX, CauseKind.TEST})
# A thread that a worker holds stays its own: at the end it looks for what has come.
_THREADS = """
    INSERT INTO hubspot_threads AS old (integration_id, inbox_id, account_id, chat_id, due_at)
    SELECT DISTINCT inbox.integration_id, inbox.id, inbox.account_id, told.chat_id, statement_timestamp()
    FROM told JOIN hubspot_inboxes inbox ON inbox.account_id = told.account_id AND inbox.state = 'connected'
    ORDER BY inbox.id, told.chat_id
    ON CONFLICT (inbox_id, chat_id) DO UPDATE SET due_at = coalesce(old.due_at, excluded.due_at)
    RETURNING id, integration_id, account_id, chat_id
"""
_OUTGOING = """
    INSERT INTO hubspot_outgoing (thread_id, source, occurred_at)
    SELECT thread.id, told.source, told.occurred_at
    FROM told JOIN thread ON thread.account_id = told.account_id AND thread.chat_id = told.chat_id
    ORDER BY thread.id, told.occurred_at, told.source
    ON CONFLICT (thread_id, source) DO NOTHING
"""
_RECEIVED = text(f"""
    WITH told AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json))
            AS told (account_id bigint, chat_id text, source text, occurred_at timestamptz)
    ), thread AS ({_THREADS}), outgoing AS ({_OUTGOING})
    SELECT DISTINCT integration_id FROM thread
""")  # noqa: S608
# What is sent to a friend who never wrote begins no conversation, here or there.
_SENT = text(f"""
    WITH told AS (
        SELECT send.account_id, send.chat_id, 'send:' || send.id AS source,
            coalesce(send.settled_at, send.created_at) AS occurred_at
        FROM message_sends send
        JOIN conversations ON conversations.account_id = send.account_id AND conversations.chat_id = send.chat_id
        WHERE send.id = ANY(:send_ids)
    ), thread AS ({_THREADS}), outgoing AS ({_OUTGOING})
    SELECT DISTINCT integration_id FROM thread
""")  # noqa: S608


def record_received(batch: Sequence[MessageReceived]) -> None:
    """Note messages of friends and groups; one that is told again adds nothing."""
    rows = [row for said in batch if (row := _row(said)) is not None and not said.is_standby]
    if rows and is_any_connected({row["account_id"] for row in rows}):
        _publish_later(db.session.scalars(_RECEIVED, {"rows": json.dumps(rows)}).all())


def record_unsent(said: MessageUnsent) -> None:
    """Note in HubSpot's thread that a message which stands there was taken back: it cannot be removed there."""
    published = (HubSpotOutgoing.source == f"line:{said.message_id}", HubSpotOutgoing.state == OutboxState.PUBLISHED)
    mine = (HubSpotThread.account_id == said.account_id, HubSpotInbox.state == InboxState.CONNECTED)
    found = (
        select(HubSpotThread.id, literal(f"unsent:{said.message_id}"), literal(said.occurred_at))
        .join(HubSpotOutgoing, HubSpotOutgoing.thread_id == HubSpotThread.id)
        .join(HubSpotInbox, HubSpotInbox.id == HubSpotThread.inbox_id)
        .where(*published, *mine)
    )
    made = upsert(HubSpotOutgoing).from_select(["thread_id", "source", "occurred_at"], found)
    _order(db.session.scalars(made.on_conflict_do_nothing().returning(HubSpotOutgoing.thread_id)).all())


def _row(said: MessageReceived) -> dict[str, Any] | None:
    message_id, chat_id = said.message.get("id"), said.group_id or said.line_user_id
    if not message_id or not chat_id or said.message.get("unsent"):
        return None
    return {
        "account_id": said.account_id,
        "chat_id": chat_id,
        "source": f"line:{message_id}",
        "occurred_at": said.occurred_at.isoformat(),
    }


def record_sent(sends: Sequence[SettledSend]) -> None:
    """Note what LINE has taken of members, workflows and the agent."""
    mine = [one.send_id for one in sends if one.state == SendState.SENT and one.cause_kind not in LEFT_OUT]
    if mine and is_any_connected():
        _publish_later(db.session.scalars(_SENT, {"send_ids": mine}).all())


def record_broadcast(account_id: int, broadcast_id: int) -> None:
    """Note a broadcast in the conversations that HubSpot has of the friends who received it."""
    source = f"broadcast:{broadcast_id}"
    people = received(HubSpotThread.id, literal(source), RECEIVED_AT).where(Broadcast.id == broadcast_id)
    people = people.join(Friend, Friend.id == BroadcastRecipient.friend_id).join(
        HubSpotThread, (HubSpotThread.account_id == account_id) & (HubSpotThread.chat_id == Friend.line_user_id)
    )
    inbox = (HubSpotInbox.id == HubSpotThread.inbox_id) & (HubSpotInbox.state == InboxState.CONNECTED)
    chosen = people.join(HubSpotInbox, inbox).order_by(HubSpotThread.id)
    made = upsert(HubSpotOutgoing).from_select(["thread_id", "source", "occurred_at"], chosen)
    ids = db.session.scalars(made.on_conflict_do_nothing().returning(HubSpotOutgoing.thread_id)).all()
    _order(ids)


def _order(thread_ids: Collection[int]) -> None:
    if not thread_ids:
        return
    ordered = text("""
        WITH held AS (SELECT id FROM hubspot_threads WHERE id = ANY(:ids) ORDER BY inbox_id, chat_id FOR UPDATE)
        UPDATE hubspot_threads SET due_at = coalesce(due_at, statement_timestamp())
        FROM held WHERE held.id = hubspot_threads.id RETURNING integration_id
    """)
    _publish_later(set(db.session.scalars(ordered, {"ids": sorted(set(thread_ids))})))


def is_any_connected(account_ids: Collection[int] | None = None) -> bool:
    """Return whether conversations of any of these accounts are synced; of all where none are named."""
    query = select(HubSpotInbox.id).where(HubSpotInbox.state == InboxState.CONNECTED)
    if account_ids is not None:
        query = query.where(HubSpotInbox.account_id.in_(account_ids))
    return db.session.scalar(query.limit(1)) is not None


def _publish_later(integration_ids: Collection[int]) -> None:
    for integration_id in integration_ids:
        queue.after_commit(db.session, PUBLISH, integration_id)

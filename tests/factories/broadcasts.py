"""Broadcasts that were sent, their people, and what these did, stored without sending anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from app.core.clock import now
from app.core.db import db
from app.friends.models import Activity, Friend
from app.line.models import Account
from app.messages.broadcasts.models import (
    Broadcast,
    BroadcastChunk,
    BroadcastRecipient,
    BroadcastState,
    ChunkState,
    RecipientState,
)
from app.messages.broadcasts.rendering import CAUSE
from app.messages.tracking.models import FetchState, LinkFetch, TargetKind, TrackedLink, TrackedSend


def sent_broadcast(
    account: Account,
    states: Mapping[Friend, RecipientState | None] | list[Friend],
    name: str = "Spring",
    at: datetime | None = None,
    chunk: ChunkState = ChunkState.SENT,
    still: BroadcastState | None = None,
    **values: Any,
) -> Broadcast:
    """A broadcast to these friends in one chunk; the state of a friend is that of the chunk where it is None.

    It has ended, unless it is `still` in another state.
    """
    moment, people = at or now(), states if isinstance(states, Mapping) else dict.fromkeys(states)
    row = Broadcast(
        account_id=account.id,
        name=name,
        audience={"kind": "all"},
        content={"messages": []},
        state=still or BroadcastState.SENT,
        started_at=moment,
        finished_at=None if still else moment + timedelta(minutes=1),
        **values,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add(
        BroadcastChunk(
            broadcast_id=row.id,
            number=0,
            first=1,
            last=len(people),
            retry_key=uuid4(),
            state=chunk,
            settled_at=None if chunk is ChunkState.WAITING else moment,
        )
    )
    for position, (friend, state) in enumerate(people.items(), 1):
        who = {"friend_id": friend.id, "line_user_id": friend.line_user_id, "state": state}
        db.session.add(BroadcastRecipient(broadcast_id=row.id, position=position, chunk=0, **who))
    db.session.commit()
    return row


def tracked_send(broadcast: Broadcast, **values: Any) -> TrackedSend:
    """What the addresses of a broadcast's messages belong to."""
    cause = {"cause_kind": CAUSE, "cause_id": str(broadcast.id)}
    row = TrackedSend(account_id=broadcast.account_id, **cause, **values)
    db.session.add(row)
    db.session.commit()
    return row


def fetch(
    send: TrackedSend,
    friend: Friend,
    kind: TargetKind = TargetKind.LINK,
    place: str = "messages[0].text",
    target: str = "https://shop.example.com/tea",
    state: FetchState = FetchState.COUNTED,
) -> None:
    """Let a friend tap a link of the messages, or their phone load an image."""
    link = TrackedLink(code=uuid4().hex, send_id=send.id, friend_id=friend.id, kind=kind, place=place, target=target)
    db.session.add(link)
    db.session.flush()
    db.session.add(LinkFetch(link_id=link.id, friend_id=friend.id, fetched_at=now(), due_at=None, state=state))
    db.session.commit()


def happened(friend: Friend, kind: str, at: datetime, **data: str) -> None:
    """Let something happen with a friend."""
    about = {"account_id": friend.account_id, "friend_id": friend.id}
    db.session.add(Activity(**about, kind=kind, occurred_at=at, data=data))
    db.session.commit()

"""Who is behind each number of a broadcast's results, as SQL: sent to, delivered, opened, clicked, replied, blocked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Interval,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from app.friends.models import Activity
from app.messages.broadcasts.models import Broadcast, BroadcastChunk, BroadcastRecipient, ChunkState, RecipientState
from app.messages.broadcasts.rendering import CAUSE
from app.messages.tracking.models import FetchState, LinkFetch, TargetKind, TrackedLink, TrackedSend

Recipient, Chunk = BroadcastRecipient, BroadcastChunk
# How long after the message a block or a reply is counted as its result.
AFTERMATH = timedelta(hours=72)
# A block so long before the start may still have been on its way to us when the audience was frozen.
LATE_NEWS = timedelta(days=1)
STATE = func.coalesce(Recipient.state, Chunk.state)
# The kinds stand in the statement itself, so that partial indexes are used.
_BLOCKED, _MESSAGE = (literal_column(f"'{kind}'", Text) for kind in ("blocked", "message"))
_FOLLOWS = literal_column("'followed'", Text), literal_column("'unblocked'", Text), _BLOCKED


class PeopleOf(StrEnum):
    """The numbers of results that consist of people."""

    RECIPIENTS = "recipients"
    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    BLOCKED = "blocked"
    BLOCKED_BEFORE = "blocked_before"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"


Ids = Collection[int] | Select[Any]


def is_in(*states: RecipientState) -> ColumnElement[bool]:
    """Return the condition on `STATE`, in a form whose share of all people PostgreSQL can estimate."""
    return or_(Recipient.state.in_(states), and_(Recipient.state.is_(None), Chunk.state.in_(states)))


def people(kind: PeopleOf, broadcast_ids: Ids) -> Select[Any]:
    """Select `friend_id` of these people of the broadcasts; a person may come several times."""
    if kind is PeopleOf.RECIPIENTS:
        return select(Recipient.friend_id).where(Recipient.broadcast_id.in_(broadcast_ids))
    if kind is PeopleOf.OPENED:
        return fetchers(broadcast_ids)
    if kind is PeopleOf.CLICKED:
        return fetchers(broadcast_ids).where(TrackedLink.kind == TargetKind.LINK)
    if kind is PeopleOf.DELIVERED:
        unreached = blocked_before(broadcast_ids, Recipient.broadcast_id, Recipient.friend_id).subquery("unreached")
        same = unreached.c.broadcast_id == Recipient.broadcast_id, unreached.c.friend_id == Recipient.friend_id
        return _in_states(broadcast_ids, [RecipientState.SENT]).where(~exists().where(*same).correlate(Recipient))
    if kind in _AFTER:
        return _AFTER[kind](broadcast_ids, Recipient.friend_id)
    return _in_states(broadcast_ids, [RecipientState(kind.value)])


def events(kind: PeopleOf, broadcast_id: int) -> Select[Any] | None:
    """Select `friend_id` and the moments `at` of what these people did afterwards; None where nothing is told."""
    ids = [broadcast_id]
    if kind in _AFTER:
        return _AFTER[kind](ids, Recipient.friend_id, Activity.occurred_at.label("at"))
    return None


def fetchers(broadcast_ids: Ids) -> Select[Any]:
    """Select `friend_id` of the people who loaded an image of the broadcasts or clicked a link."""
    of_broadcast = (TrackedSend.account_id == Broadcast.account_id) & (TrackedSend.cause_id == cast(Broadcast.id, Text))
    return (
        _counted()
        .join(TrackedSend, TrackedSend.id == TrackedLink.send_id)
        .join(Broadcast, of_broadcast)
        .where(Broadcast.id.in_(broadcast_ids), TrackedSend.cause_kind == CAUSE, TrackedSend.is_test.is_(False))
    )


def fetchers_of_sends(send_ids: Collection[int], kinds: Collection[TargetKind]) -> Select[Any]:
    """Select `friend_id` of the people who loaded an image of these sends or clicked a link, as the kinds say."""
    return _counted().where(TrackedLink.send_id.in_(send_ids), TrackedLink.kind.in_(kinds))


def clickers_of_link(send_id: int, place: str) -> Select[Any]:
    """Select `friend_id` of the people who clicked the link at a place of a send's messages."""
    return fetchers_of_sends([send_id], [TargetKind.LINK]).where(TrackedLink.place == place)


def _counted() -> Select[Any]:
    joined = select(LinkFetch.friend_id).join(TrackedLink, TrackedLink.id == LinkFetch.link_id)
    return joined.where(LinkFetch.state == FetchState.COUNTED, LinkFetch.friend_id.is_not(None))


def _in_states(broadcast_ids: Ids, states: Sequence[RecipientState]) -> Select[Any]:
    joined = select(Recipient.friend_id).join(
        Chunk, (Chunk.broadcast_id == Recipient.broadcast_id) & (Chunk.number == Recipient.chunk)
    )
    return joined.where(Recipient.broadcast_id.in_(broadcast_ids), is_in(*states))


def _sent_with(broadcast_ids: Ids, event: Any, *columns: Any) -> Select[Any]:
    """Select from the activities of these broadcasts' people whom LINE took the message for."""
    return (
        select(*columns)
        .select_from(event)
        .join(Broadcast, Broadcast.account_id == event.account_id)
        .join(Recipient, (Recipient.broadcast_id == Broadcast.id) & (Recipient.friend_id == event.friend_id))
        .join(Chunk, (Chunk.broadcast_id == Recipient.broadcast_id) & (Chunk.number == Recipient.chunk))
        .where(Broadcast.id.in_(broadcast_ids), is_in(RecipientState.SENT), Chunk.state != ChunkState.SPLIT)
    )


def blocked_before(broadcast_ids: Ids, *columns: Any) -> Select[Any]:
    """Select from the people who had blocked the account when LINE took their message, and not come back by then."""
    later, until = aliased(Activity), func.coalesce(Chunk.settled_at, func.now())
    came_back = exists().where(
        later.friend_id == Activity.friend_id,
        later.kind.in_(_FOLLOWS),
        later.occurred_at > Activity.occurred_at,
        later.occurred_at <= until,
    )
    return _sent_with(broadcast_ids, Activity, *columns).where(
        Activity.kind == _BLOCKED,
        Activity.occurred_at >= Broadcast.started_at - _interval(LATE_NEWS),
        Activity.occurred_at <= until,
        ~came_back,
    )


def _within_aftermath(broadcast_ids: Ids, *columns: Any) -> Select[Any]:
    ended = func.coalesce(Broadcast.finished_at, func.now())
    return _sent_with(broadcast_ids, Activity, *columns).where(
        Activity.occurred_at >= Broadcast.started_at,
        Activity.occurred_at <= ended + _interval(AFTERMATH),
        Activity.occurred_at > Chunk.settled_at,
        Activity.occurred_at <= Chunk.settled_at + _interval(AFTERMATH),
    )


def _blocked_after(broadcast_ids: Ids, *columns: Any) -> Select[Any]:
    return _within_aftermath(broadcast_ids, *columns).where(Activity.kind == _BLOCKED)


def _replied(broadcast_ids: Ids, *columns: Any) -> Select[Any]:
    """Select people who wrote a message to the account itself, not into a group."""
    is_private = Activity.data["group_id"].as_string().is_(None)
    return _within_aftermath(broadcast_ids, *columns).where(Activity.kind == _MESSAGE, is_private)


_AFTER = {
    PeopleOf.BLOCKED: _blocked_after,
    PeopleOf.BLOCKED_BEFORE: blocked_before,
    PeopleOf.REPLIED: _replied,
}


def _interval(span: timedelta) -> ColumnElement[Any]:
    return literal(span, Interval)

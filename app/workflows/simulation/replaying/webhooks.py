"""Webhook events of friends, as they are stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, Text, cast, select

from app.core.db import db
from app.friends.models import Friend
from app.line import events as line
from app.line.event_parser import StoredEvent, domain_event
from app.line.models import WebhookEvent
from app.segments.conditions.sql import one_of
from app.workflows.engine.happenings import key_of_event
from app.workflows.engine.resuming import ANSWER
from app.workflows.simulation.replaying.events import ReplayedEvent, ReplayPeriod
from app.workflows.triggers.friends import BLOCK, FRIEND_ADD
from app.workflows.triggers.messages import (
    MESSAGE,
    POSTBACK,
    RICH_MENU_SWITCHED,
    VIDEO_WATCHED,
    fold_texts,
    without_emoji,
)

KINDS = frozenset({FRIEND_ADD, BLOCK, MESSAGE, POSTBACK, RICH_MENU_SWITCHED, VIDEO_WATCHED})
# LINE's types of these events.
TYPES = ("follow", "unfollow", "message", "postback", "videoPlayComplete")
# An event is received after it has occurred; LINE's clock and ours may differ by so much.
CLOCKS_DIFFER = timedelta(minutes=10)
_COLUMNS = (
    *(getattr(WebhookEvent, name) for name in ("id", "account_id", "type", "occurred_at")),
    cast(WebhookEvent.payload, Text),
)


class _Stored(NamedTuple):
    """A stored event, as `event_parser` reads it."""

    id: int
    account_id: int
    type: str
    occurred_at: datetime
    payload: dict[str, Any]


def people(account_ids: Collection[int], period: ReplayPeriod) -> Select[Any]:
    """Select the ids of the friends, one row for each event."""
    return _of_friends(period).where(Friend.account_id.in_(account_ids))


def _of_friends(period: ReplayPeriod, *columns: Any) -> Select[Any]:
    at = WebhookEvent.occurred_at
    is_theirs = (WebhookEvent.account_id == Friend.account_id) & (WebhookEvent.source_id == Friend.line_user_id)
    # The index of events is by the time at which they were received.
    received = WebhookEvent.received_at >= period.since - CLOCKS_DIFFER
    within = WebhookEvent.type.in_(TYPES), at >= period.since, at < period.until, received
    return select(Friend.id.label("friend_id"), *columns).join(WebhookEvent, is_theirs).where(*within)


def events(period: ReplayPeriod, friend_ids: Sequence[int]) -> Iterator[tuple[int, ReplayedEvent]]:
    """Yield the events of these friends."""
    # Columns, since rows of the session cost more than all that is done with them, and one document of JSON, since each
    # value in a row would be read by itself.
    query = _of_friends(period, *_COLUMNS).where(one_of(Friend.id, friend_ids))
    rows = db.session.connection().execute(query).all()
    payloads = json.loads(f"[{','.join(row[-1] for row in rows)}]")
    told = []
    for (friend_id, *about, _payload), payload in zip(rows, payloads, strict=True):
        stored = _Stored._make((*about, payload))
        said = domain_event(stored)
        told.append((friend_id, stored, said, _text(said)))
    wanted = list({text for *_about, text in told if text})
    folded = dict(zip(wanted, fold_texts(wanted), strict=True))
    for friend_id, stored, said, written in told:
        for one in _happened(stored, said, written, folded):
            yield friend_id, one


def _text(said: object) -> str | None:
    if isinstance(said, line.MessageReceived) and said.message.get("type") == "text":
        return without_emoji(said.message)
    return None


def _happened(event: StoredEvent, said: object, text: str | None, folded: Mapping[str, str]) -> Sequence[ReplayedEvent]:
    """Return what an event is to workflows, as `triggers.handlers` tells it."""
    read = _TOLD.get(type(said))
    if read is None or getattr(said, "group_id", None) is not None:
        return ()
    at, key = event.occurred_at, key_of_event(event.id)
    common = {"account_id": event.account_id, "at": at.isoformat()}
    may_send, may_reply = event.payload.get("mode") != "standby", getattr(said, "reply_token", None) is not None
    plain = None if text is None else folded.get(text, "")
    return [
        ReplayedEvent(at, key, kind, data | common, word, "", may_reply, may_send)
        for kind, word, data in read(said, text, plain)
    ]


# The kind of an event, the word for which runs wait, and what it brings.
_Told = Sequence[tuple[str, str | None, dict[str, Any]]]


def _followed(said: line.UserFollowed, _text: str | None, _plain: str | None) -> _Told:
    return [(FRIEND_ADD, FRIEND_ADD, {"is_first": not said.is_unblocked})]


def _blocked(_said: line.UserUnfollowed, _text: str | None, _plain: str | None) -> _Told:
    return [(BLOCK, BLOCK, {})]


def _written(said: line.MessageReceived, text: str | None, plain: str | None) -> _Told:
    kind, number = said.message.get("type"), said.message.get("id")
    return [(MESSAGE, ANSWER, {"text": text, "folded": plain, "type": kind, "message_id": number})]


def _tapped(said: line.PostbackReceived, _text: str | None, _plain: str | None) -> _Told:
    tapped: _Told = [(POSTBACK, ANSWER, {"data": said.data, "params": said.params})]
    alias = said.params.get("newRichMenuAliasId")
    return [*tapped, (RICH_MENU_SWITCHED, None, {"alias": alias})] if alias else tapped


def _watched(said: line.VideoWatched, _text: str | None, _plain: str | None) -> _Told:
    return [(VIDEO_WATCHED, f"{VIDEO_WATCHED}:{said.tracking_id}", {"tracking_id": said.tracking_id})]


_TOLD: dict[type, Callable[[Any, str | None, str | None], _Told]] = {
    line.UserFollowed: _followed,
    line.UserUnfollowed: _blocked,
    line.MessageReceived: _written,
    line.PostbackReceived: _tapped,
    line.VideoWatched: _watched,
}

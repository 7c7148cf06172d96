"""Say which fetches count, a few seconds after they came: only then is it known what came beside them.

Counted are fetches by a friend's browser after LINE took the send. Not counted are those of tests, and on an address of
one person a second fetch by another client within two seconds: a program that looks at what the person opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, exists, select, tuple_, update
from sqlalchemy.orm import aliased

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.events import announce, announce_all
from app.friends.models import Friend
from app.friends.operations.activity import ActivityRecord, record_activities
from app.friends.operations.friends import hold_friends, later
from app.messages.tracking.events import FetchesCounted, LinkClicked
from app.messages.tracking.models import FetchState, LinkFetch, TargetKind, TrackedLink, TrackedSend

TOGETHER = timedelta(seconds=2)
# LINE's answer may still be on its way into the database.
PATIENCE = timedelta(minutes=1)
# How long fetches stay that did not count.
KEPT = timedelta(days=30)
LOOK_AGAIN_SECONDS = 5
CLICKED, OPENED = "link_clicked", "message_opened"

FETCHES = register(
    DueKind(
        "messages.fetches",
        LinkFetch,
        wake=lambda: queue.wake("messages.tracking.judge_fetches"),
        given_up={"state": FetchState.IGNORED},
    )
)


def judge_fetches() -> None:
    """Judge what is due."""
    process(FETCHES, _judge, again=FETCHES.wake)


def prune() -> int:
    """Delete fetches that did not count, after a while; returns how many. Those that count are the results."""
    old = (LinkFetch.state == FetchState.IGNORED, LinkFetch.fetched_at < now() - KEPT)
    removed = db.session.execute(delete(LinkFetch).where(*old)).rowcount  # type: ignore[attr-defined]
    db.session.commit()
    return int(removed)


def _judge(claim: Claim) -> None:
    rows = db.session.execute(_about(claim.ids())).all()
    waiting = [row for row in rows if not row.is_test and row.accepted_at is None and _is_young(row)]
    counted = [row for row in rows if _counts(row)]
    people = hold_friends({row.friend_id for row in counted if row.friend_id is not None})
    claim.later([row.id for row in waiting], after=LOOK_AGAIN_SECONDS, counts=False)
    settled = {row.id for row in rows} - {row.id for row in waiting}
    claim.done(sorted(settled - {row.id for row in counted}), state=FetchState.IGNORED)
    # Before the fetches are marked, so that the first one of a send is known as such.
    _tell([(row, people[row.friend_id]) for row in counted if row.friend_id in people])
    claim.done([row.id for row in counted], state=FetchState.COUNTED)
    if counted:
        announce(FetchesCounted(frozenset(row.send_id for row in counted), frozenset(people)))
        announce_all(_clicked(row) for row in counted if row.friend_id in people and row.kind == TargetKind.LINK)


def _about(ids: Sequence[int]) -> Any:
    earlier = aliased(LinkFetch)
    second = exists().where(
        earlier.link_id == LinkFetch.link_id,
        earlier.client != LinkFetch.client,
        earlier.fetched_at >= LinkFetch.fetched_at - TOGETHER,
        earlier.fetched_at >= TrackedSend.accepted_at,
        tuple_(earlier.fetched_at, earlier.id) < tuple_(LinkFetch.fetched_at, LinkFetch.id),
    )
    of_fetch = (LinkFetch.id, LinkFetch.friend_id, LinkFetch.fetched_at)
    of_link = (TrackedLink.kind, TrackedLink.place, TrackedLink.target, TrackedLink.send_id)
    of_send = (TrackedSend.account_id, TrackedSend.cause_kind, TrackedSend.cause_id)
    judged_by = (TrackedSend.is_test, TrackedSend.accepted_at)
    is_second = (TrackedLink.friend_id.is_not(None) & second).label("is_second")
    query = select(*of_fetch, *of_link, *of_send, *judged_by, is_second)
    joined = query.select_from(LinkFetch).join(TrackedLink, TrackedLink.id == LinkFetch.link_id)
    found = joined.join(TrackedSend, TrackedSend.id == TrackedLink.send_id).where(LinkFetch.id.in_(ids))
    return found.order_by(LinkFetch.fetched_at, LinkFetch.id)


def _is_young(row: Row[Any]) -> bool:
    return bool(row.fetched_at > now() - PATIENCE)


def _counts(row: Row[Any]) -> bool:
    is_early = row.accepted_at is None or row.fetched_at < row.accepted_at
    return not (row.is_test or is_early or row.is_second)


def _clicked(row: Row[Any]) -> LinkClicked:
    return LinkClicked(
        account_id=row.account_id,
        friend_id=row.friend_id,
        fetch_id=row.id,
        send_id=row.send_id,
        cause_kind=row.cause_kind,
        cause_id=row.cause_id,
        place=row.place,
        url=row.target,
        occurred_at=row.fetched_at,
    )


def _tell(counted: Sequence[tuple[Row[Any], Friend]]) -> None:
    """Write last click and last open, and lines of the timeline: one for each click, one for a send's first image."""
    known = _opened_before([row for row, _friend in counted if row.kind == TargetKind.IMAGE])
    lines = []
    for row, friend in counted:
        friend.last_open_at = later(friend.last_open_at, row.fetched_at)
        if row.kind == TargetKind.LINK:
            friend.last_click_at = later(friend.last_click_at, row.fetched_at)
            lines.append(ActivityRecord(friend, CLICKED, {"url": row.target, **_cause(row)}, row.fetched_at))
        elif (row.send_id, friend.id) not in known:
            known.add((row.send_id, friend.id))
            lines.append(ActivityRecord(friend, OPENED, _cause(row), row.fetched_at))
    record_activities(lines)


def _cause(row: Row[Any]) -> dict[str, Any]:
    """Return by what the message was sent, as the timeline keeps it."""
    return {"cause": {"kind": row.cause_kind, "id": row.cause_id}}


def _opened_before(rows: Sequence[Row[Any]]) -> set[tuple[int, int]]:
    pairs = {(row.send_id, row.friend_id) for row in rows}
    if not pairs:
        return set()
    query = select(TrackedLink.send_id, LinkFetch.friend_id).join(LinkFetch, LinkFetch.link_id == TrackedLink.id)
    found = query.where(
        LinkFetch.state == FetchState.COUNTED,
        TrackedLink.kind == TargetKind.IMAGE,
        tuple_(TrackedLink.send_id, LinkFetch.friend_id).in_(pairs),
    )
    return {(send_id, friend_id) for send_id, friend_id in db.session.execute(found) if friend_id is not None}


def note_open(friend_id: int, at: datetime) -> None:
    """Note that a friend, who is locked by the caller's transaction, saw something that we sent."""
    seen = update(Friend).where(Friend.id == friend_id, Friend.last_open_at.is_(None) | (Friend.last_open_at < at))
    db.session.execute(seen.values(last_open_at=at))

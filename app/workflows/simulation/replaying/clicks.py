"""Clicks on links of messages that count."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Select, select

from app.core.db import db
from app.messages.tracking.events import LinkClicked
from app.messages.tracking.models import FetchState, LinkFetch, TargetKind, TrackedLink, TrackedSend
from app.segments.conditions.sql import one_of
from app.workflows.simulation.replaying.events import ReplayedEvent, ReplayPeriod
from app.workflows.triggers.links import LINK_CLICKED
from app.workflows.triggers.origins import origins_of

KINDS = frozenset({LINK_CLICKED})


def people(account_ids: Collection[int], period: ReplayPeriod) -> Select[Any]:
    """Select the ids of the friends, one row for each click."""
    return _clicks(period, LinkFetch.friend_id).where(TrackedSend.account_id.in_(account_ids))


def events(period: ReplayPeriod, friend_ids: Sequence[int]) -> Iterator[tuple[int, ReplayedEvent]]:
    """Yield the clicks of these friends."""
    query = _clicks(
        period,
        TrackedSend.account_id,
        LinkFetch.friend_id,
        LinkFetch.id.label("fetch_id"),
        TrackedLink.send_id,
        TrackedSend.cause_kind,
        TrackedSend.cause_id,
        TrackedLink.place,
        TrackedLink.target.label("url"),
        LinkFetch.fetched_at.label("occurred_at"),
    )
    rows = db.session.execute(query.where(one_of(LinkFetch.friend_id, friend_ids))).mappings()
    clicked = [LinkClicked(**row) for row in rows]
    for one, origin in zip(clicked, origins_of(clicked), strict=True):
        data = {"url": one.url, "account_id": one.account_id, "at": one.occurred_at.isoformat(), **origin}
        key = f"{LINK_CLICKED}:{one.fetch_id}"
        yield one.friend_id, ReplayedEvent(one.occurred_at, key, LINK_CLICKED, data, LINK_CLICKED)


def _clicks(period: ReplayPeriod, *columns: Any) -> Select[Any]:
    at = LinkFetch.fetched_at
    counted = LinkFetch.state == FetchState.COUNTED, TrackedLink.kind == TargetKind.LINK
    within = LinkFetch.friend_id.is_not(None), at >= period.since, at < period.until
    joined = select(*columns).select_from(LinkFetch).join(TrackedLink, TrackedLink.id == LinkFetch.link_id)
    return joined.join(TrackedSend, TrackedSend.id == TrackedLink.send_id).where(*counted, *within)

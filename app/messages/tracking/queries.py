"""Reads of tracking: what came of sends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, cast, distinct, func, select

from app.core.db import db
from app.line.models import Account
from app.messages.tracking.addresses import addresses
from app.messages.tracking.models import FetchState, LinkFetch, TargetKind, TrackedLink, TrackedSend


@dataclass(frozen=True)
class LinkResult:
    """What came of one link; `people` is None where its address was shared, so that clicks do not say whose."""

    place: str
    target: str
    clicks: int
    people: int | None


@dataclass(frozen=True)
class SharedLink:
    """A link that all recipients share, with the LIFF app of its account."""

    target: str
    liff_id: str | None


def shared_link(code: str) -> SharedLink | None:
    """Return the link with this code; None where there is none, or it is one person's."""
    query = (
        select(TrackedLink.target, Account.liff_id)
        .join(TrackedSend, TrackedSend.id == TrackedLink.send_id)
        .join(Account, Account.id == TrackedSend.account_id)
        .where(TrackedLink.code == code, TrackedLink.kind == TargetKind.LINK, TrackedLink.friend_id.is_(None))
    )
    found = db.session.execute(query).one_or_none()
    return SharedLink(*found) if found else None


def link_results(account_id: int, cause_kind: str, cause_id: str) -> Sequence[LinkResult]:
    """Return the links of all sends that this made, in their order; personalised ones lead to several targets."""
    is_counted = LinkFetch.state == FetchState.COUNTED
    clicks = func.count(LinkFetch.id).filter(is_counted)
    people = func.count(distinct(LinkFetch.friend_id)).filter(is_counted)
    query = (
        select(TrackedLink.place, TrackedLink.target, clicks, people, func.count(TrackedLink.friend_id))
        .join(TrackedSend, TrackedSend.id == TrackedLink.send_id)
        .outerjoin(LinkFetch, LinkFetch.link_id == TrackedLink.id)
        .where(
            TrackedSend.account_id == account_id,
            TrackedSend.cause_kind == cause_kind,
            TrackedSend.cause_id == cause_id,
            TrackedSend.is_test.is_(False),
            TrackedLink.kind == TargetKind.LINK,
        )
        .group_by(TrackedLink.place, TrackedLink.target)
        .order_by(func.min(TrackedLink.id))
    )
    return [
        LinkResult(place, target, clicked, who if who or own else None)
        for place, target, clicked, who, own in db.session.execute(query)
    ]


def targets_in_texts(send_ids: Collection[int]) -> dict[str, str]:
    """Return where the short addresses in texts of these sends lead, by address."""
    if not send_ids:
        return {}
    in_text = (TrackedLink.kind == TargetKind.LINK, TrackedLink.place.endswith(".text"))
    query = select(TrackedLink.code, TrackedLink.target).where(TrackedLink.send_id.in_(send_ids), *in_text)
    return {addresses.link(code, target): target for code, target in db.session.execute(query)}


def count_clickers(send_ids: Collection[int]) -> dict[int, int]:
    """Count by send who clicked on a link of it: friends, and for clicks that do not say whose, browsers."""
    who = func.coalesce(cast(LinkFetch.friend_id, Text), LinkFetch.client)
    query = (
        select(TrackedLink.send_id, func.count(distinct(who)).label("people"))
        .join(LinkFetch, LinkFetch.link_id == TrackedLink.id)
        .where(
            TrackedLink.send_id.in_(send_ids),
            TrackedLink.kind == TargetKind.LINK,
            LinkFetch.state == FetchState.COUNTED,
        )
        .group_by(TrackedLink.send_id)
    )
    return {row.send_id: row.people for row in db.session.execute(query)}


def clicks_of(send_ids: Collection[int]) -> dict[int, int]:
    """Count by send how often its links were opened; sends without a link are left out."""
    if not send_ids:
        return {}
    clicks = func.count(LinkFetch.id).filter(LinkFetch.state == FetchState.COUNTED)
    query = (
        select(TrackedLink.send_id, clicks.label("clicks"))
        .outerjoin(LinkFetch, LinkFetch.link_id == TrackedLink.id)
        .where(TrackedLink.send_id.in_(send_ids), TrackedLink.kind == TargetKind.LINK)
        .group_by(TrackedLink.send_id)
    )
    return {row.send_id: row.clicks for row in db.session.execute(query)}


def people_who_opened(account_id: int, cause_kind: str, cause_id: str) -> int:
    """Return how many friends loaded an image of ours, or clicked, in sends that this made."""
    query = (
        select(func.count(distinct(LinkFetch.friend_id)))
        .join(TrackedLink, TrackedLink.id == LinkFetch.link_id)
        .join(TrackedSend, TrackedSend.id == TrackedLink.send_id)
        .where(
            TrackedSend.account_id == account_id,
            TrackedSend.cause_kind == cause_kind,
            TrackedSend.cause_id == cause_id,
            LinkFetch.state == FetchState.COUNTED,
        )
    )
    return db.session.scalar(query) or 0

"""Runs that make many links due, part by part: those of a broadcast's audience, and all of an integration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core.clock import now
from app.core.db import db
from app.core.i18n import Text, _l
from app.core.runs.lease import Lease
from app.core.runs.operations import start
from app.core.runs.registry import RunKind, SliceResult, register
from app.friends.models import FriendTag
from app.integrations.shared.marking import mark_all, mark_audience, mark_tagged
from app.integrations.shared.models import IntegrationAccount

AUDIENCE, EVERYONE = "integrations.mark_audience", "integrations.mark_all"
# Links of one transaction, and holders of a tag that are looked at while a page waits.
PART, FEW = 20_000, 5_000


@dataclass(frozen=True)
class MarkedUpTo:
    """The last one that was looked at."""

    place: int = 0


def mark_audience_later(broadcast_id: int) -> None:
    """Make the links of all who are in a broadcast's audience due, after the caller's transaction."""
    start(AUDIENCE, broadcast_id)


def mark_all_later(integration_id: int, why: str = "") -> None:
    """Make all links of an integration due, after the caller's transaction: everything is compared and written.

    Those who say the same `why` join a run that goes on; what they ask for must be the same.
    """
    start(EVERYONE, integration_id, slot=why)


def mark_tag_holders(account_id: int, tag_id: int) -> None:
    """Make the links of all friends with a tag due, at once where they are few."""
    some = select(FriendTag.friend_id).where(FriendTag.tag_id == tag_id).limit(FEW + 1).subquery()
    if (db.session.scalar(select(func.count()).select_from(some)) or 0) <= FEW:
        return mark_tagged(tag_id)
    covering = select(IntegrationAccount.integration_id).where(IntegrationAccount.account_id == account_id)
    for integration_id in db.session.scalars(covering):
        mark_all_later(integration_id, f"tag:{tag_id}:{now().isoformat()}")
    return None


def _kind(name: str, label: Text, mark: Callable[[int, int, int], int | None]) -> RunKind:
    def advance(lease: Lease) -> SliceResult:
        following = mark(lease.run.subject_id, PART, lease.cursor(MarkedUpTo).place)
        lease.save(cursor=MarkedUpTo(following or 0))
        db.session.commit()
        return SliceResult.DONE if following is None else SliceResult.MORE

    return RunKind(name, label, advance, cursor=MarkedUpTo)


register(_kind(AUDIENCE, _l("Tell connected services of a broadcast"), mark_audience))
register(_kind(EVERYONE, _l("Compare all friends with a connected service"), mark_all))

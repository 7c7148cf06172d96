"""Tags and segments that the filter of the list offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.chat.filters import ConversationFilter
from app.core.db import db
from app.friends.models import Tag
from app.line.models import Account
from app.segments.models import Segment

# Each is of one account, and so they are offered once it is known which.
MOST = 500


@dataclass(frozen=True)
class FilterChoices:
    """Choices by id; `account_id` is whose they are, None while several accounts are shown."""

    account_id: int | None
    tags: Sequence[tuple[int, str]] = ()
    segments: Sequence[tuple[int, str]] = ()


def offered(accounts: Sequence[Account], wanted: ConversationFilter) -> FilterChoices:
    """Return the tags and segments of the one account that the list shows, by name."""
    shown = [one.id for one in accounts if wanted.account_id in (None, one.id)]
    if len(shown) != 1:
        return FilterChoices(None)
    tags = select(Tag.id, Tag.name).where(Tag.account_id == shown[0], Tag.deleted_at.is_(None))
    segments = select(Segment.id, Segment.name).where(Segment.account_id == shown[0])
    return FilterChoices(
        shown[0],
        [(row.id, row.name) for row in db.session.execute(tags.order_by(Tag.name, Tag.id).limit(MOST))],
        [(row.id, row.name) for row in db.session.execute(segments.order_by(Segment.name, Segment.id).limit(MOST))],
    )

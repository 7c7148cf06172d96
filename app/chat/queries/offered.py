"""Tags and segments that the filter of the list offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, false, select, true, union_all

from app.chat.filters import ConversationFilter
from app.core.db import db
from app.friends.models import Tag
from app.line.models import Account
from app.segments.models import Segment

# Each is of one account, and so they are offered once it is known which.
MOST = 500
_ACCOUNT = bindparam("account_id", type_=BigInteger)
_TAGS = select(Tag.id, Tag.name, true().label("is_tag")).where(Tag.account_id == _ACCOUNT, Tag.deleted_at.is_(None))
_SEGMENTS = select(Segment.id, Segment.name, false().label("is_tag")).where(Segment.account_id == _ACCOUNT)
# Put together once, since every page of the list asks.
_CHOICES = union_all(
    _TAGS.order_by(Tag.name, Tag.id).limit(MOST), _SEGMENTS.order_by(Segment.name, Segment.id).limit(MOST)
).order_by("name", "id")


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
    rows = db.session.execute(_CHOICES, {"account_id": shown[0]}).all()
    tags, segments = ([(row.id, row.name) for row in rows if row.is_tag is is_tag] for is_tag in (True, False))
    return FilterChoices(shown[0], tags, segments)

"""Filters that a member keeps."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.chat.models import ChatFilter
from app.core.db import db


def filters_of(member_id: int) -> Sequence[ChatFilter]:
    """Return the member's filters by name."""
    query = select(ChatFilter).where(ChatFilter.member_id == member_id)
    return db.session.scalars(query.order_by(ChatFilter.name, ChatFilter.id)).all()

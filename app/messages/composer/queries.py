"""Reads of drafts, which are their member's own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.messages.composer.models import MessageDraft
from app.team.actors import Actor


def draft_of(account_id: int, draft_id: int, actor: Actor) -> MessageDraft:
    """Return the member's own draft; raises NotFound."""
    found: MessageDraft | None = db.session.scalar(drafts_of(account_id, actor).where(MessageDraft.id == draft_id))
    if found is None:
        raise NotFound
    return found


def drafts_of(account_id: int, actor: Actor) -> Any:
    """Select the member's drafts of the account."""
    return select(MessageDraft).where(MessageDraft.account_id == account_id, MessageDraft.member_id == actor.member_id)

"""Reads of drafts, which are their member's own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.messages.composer.models import MessageDraft
from app.team.actors import Actor


def drafts_of(account_id: int, actor: Actor) -> Any:
    """Select the member's drafts of the account."""
    return select(MessageDraft).where(MessageDraft.account_id == account_id, MessageDraft.member_id == actor.member_id)

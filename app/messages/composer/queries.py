"""Reads of drafts, which are their member's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, func, or_, select

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


def drafts_of_owner(account_id: int, owner_kind: str, owner_id: int | None, actor: Actor, window_key: str = "") -> Any:
    """Select the member's draft for an owner; None as its id is one that is not stored yet."""
    return select(MessageDraft).where(is_draft_of(account_id, owner_kind, owner_id or 0, actor.member_id, window_key))


def is_draft_of(account_id: Any, owner_kind: str, owner_id: Any, member_id: Any, window_key: str = "") -> Any:
    """Return the condition of a member's draft for an owner, as values or columns; 0 as its id is a new one's."""
    return and_(
        MessageDraft.account_id == account_id,
        MessageDraft.member_id == member_id,
        MessageDraft.owner_kind == owner_kind,
        func.coalesce(MessageDraft.owner_id, 0) == owner_id,
        MessageDraft.window_key == window_key,
    )


def unsaved_new(account_id: int, owner_kinds: Iterable[str], actor: Actor) -> list[MessageDraft]:
    """Return the member's drafts of owners that are not stored yet, where something was typed; the last one first."""
    is_changed = or_(MessageDraft.content != MessageDraft.base, MessageDraft.own != MessageDraft.own_base)
    is_new = MessageDraft.owner_kind.in_([*owner_kinds]), MessageDraft.owner_id.is_(None)
    query = drafts_of(account_id, actor).where(*is_new, is_changed).order_by(MessageDraft.changed_at.desc())
    return list(db.session.scalars(query))


def has_unsaved(account_id: int, owner_kind: str, owner_id: int | None, actor: Actor, window_key: str = "") -> bool:
    """Return whether the member's draft for an owner holds what was not saved."""
    found: MessageDraft | None = db.session.scalar(drafts_of_owner(account_id, owner_kind, owner_id, actor, window_key))
    return found is not None and found.is_changed

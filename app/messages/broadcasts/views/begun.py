"""New broadcasts that a member has begun and not saved: each window that opens the editor has a draft of its own.

The address of the window names it in `window`, so that a page that is loaded again shows what was typed there.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.db import db
from app.messages.broadcasts.operations.drafts import USED
from app.messages.broadcasts.views.sets import OWNERS
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import open_draft
from app.messages.composer.queries import drafts_of_owner, unsaved_new
from app.team.permissions import current_actor

# Others that the editor of a new broadcast offers, the last ones.
MOST_OFFERED = 5


@dataclass(frozen=True)
class Begun:
    """A new broadcast that was left unsaved: its window, the name that was typed, and when it was last changed."""

    window: str
    name: str
    changed_at: datetime


def begin(account_id: int, own: Mapping[str, str]) -> str:
    """Store a draft for a window, whose form holds `own` before anything is typed; returns its key."""
    key = secrets.token_hex(8)
    open_draft(account_id, USED, None, own=own, window_key=key, actor=current_actor())
    return key


def draft_of_window(account_id: int, key: str) -> MessageDraft | None:
    """Return what was begun in this window; None where it is saved or was never begun."""
    if not re.fullmatch(r"[0-9a-z]{1,16}", key):
        return None
    query = drafts_of_owner(account_id, USED, None, current_actor(), key)
    found: MessageDraft | None = db.session.scalar(query)
    return found


def offered(account_id: int, but: str) -> list[Begun]:
    """Return the member's unsaved new broadcasts, the last changed first, without that of the window `but`."""
    found: dict[str, Begun] = {}
    for draft in unsaved_new(account_id, OWNERS.values(), current_actor()):
        if draft.window_key != but:
            found.setdefault(draft.window_key, Begun(draft.window_key, draft.own.get("name", ""), draft.changed_at))
    return list(found.values())[:MOST_OFFERED]

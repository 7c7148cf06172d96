"""What goes with the messages of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from app.chat.queries.drafts import AnswerDraft
from app.core.db import db
from app.messages.auto.models import AutoMessage
from app.messages.content import message_set
from app.messages.content.message_set import MessageSet


@dataclass(frozen=True)
class AnswerWishes:
    """What goes with an answer: the message that it quotes, whether links are tracked, and the press that sent it."""

    quote_id: int | None = None
    tracks_links: bool = False
    auto_message_id: int | None = None
    press: str | None = None


NO_WISHES = AnswerWishes()


def wishes_of(draft: AnswerDraft, content: MessageSet, press: str | None) -> AnswerWishes:
    """Return what goes with the messages of a draft."""
    return AnswerWishes(draft.quote_id, draft.tracks_links, _auto_message(draft, content), press)


def _auto_message(draft: AnswerDraft, content: MessageSet) -> int | None:
    """Return the Auto Send Message that goes out exactly as it is kept, so that it counts as sent."""
    kept = db.session.get(AutoMessage, draft.auto_message_id) if draft.auto_message_id else None
    return kept.id if kept is not None and message_set.read(kept.content).messages == content.messages else None

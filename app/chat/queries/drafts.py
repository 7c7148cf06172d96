"""What a member has written in a conversation and not sent yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, select

from app.chat.models import OWNER
from app.core.db import db
from app.core.identifiers import row_number
from app.messages.composer.models import MessageDraft
from app.messages.composer.queries import drafts_of_owner
from app.messages.conversations.models import Conversation, ConversationMessage, Direction, MessageState
from app.team.actors import Actor

# Fields that the draft keeps beside its messages: what is typed, the id of the quoted message, whether links are
# tracked, and the id of the Auto Send Message that the messages come from.
TEXT, QUOTE, TRACKS, AUTO = "text", "quote", "tracks", "auto"
# What the quote is once the quoted message was taken back.
GONE = "gone"
BLANK: dict[str, str] = {TEXT: "", QUOTE: "", TRACKS: "", AUTO: ""}


@dataclass(frozen=True)
class AnswerDraft:
    """A draft as the composer shows it; the words go first, then the messages."""

    text: str = ""
    messages: Sequence[dict[str, Any]] = ()
    quick_replies: Sequence[dict[str, Any]] = ()
    # What is added to links, by name; None for nothing.
    utm: dict[str, Any] | None = None
    quote_id: int | None = None
    tracks_links: bool = False
    auto_message_id: int | None = None
    own: dict[str, str] = field(default_factory=lambda: dict(BLANK))

    @classmethod
    def of(cls, content: Mapping[str, Any], given: Mapping[str, str]) -> AnswerDraft:
        """Return stored messages and fields as the composer shows them."""
        own = {**BLANK, **given}
        return cls(
            text=own[TEXT],
            messages=content["messages"],
            quick_replies=content["quick_replies"],
            utm=content.get("utm"),
            quote_id=row_number(own[QUOTE]),
            tracks_links=own[TRACKS] == "1",
            auto_message_id=row_number(own[AUTO]),
            own=own,
        )

    @property
    def is_quote_lost(self) -> bool:
        """Return whether it quoted a message that was taken back."""
        return self.own[QUOTE] == GONE

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to send."""
        return not self.text.strip() and not self.messages


def draft_in(conversation: Conversation, actor: Actor) -> AnswerDraft:
    """Return the member's draft for this conversation; an empty one where nothing was written."""
    return answer_draft(stored_draft(conversation, actor))


def answer_draft(stored: MessageDraft | None) -> AnswerDraft:
    """Return a stored draft as the composer shows it; an empty one where there is none."""
    return AnswerDraft.of(stored.content, stored.own) if stored is not None else AnswerDraft()


def stored_draft(conversation: Conversation, actor: Actor) -> MessageDraft | None:
    """Return the stored draft, if there is one."""
    query = drafts_of_owner(conversation.account_id, OWNER, conversation.id, actor)
    found: MessageDraft | None = db.session.scalar(query.execution_options(populate_existing=True))
    return found


def quoted_in(conversation: Conversation, message_id: int | None) -> ConversationMessage | None:
    """Return the message of this chat that is to be quoted; None where there is none, or LINE gave no token for it."""
    if message_id is None:
        return None
    mine = (
        ConversationMessage.id == message_id,
        ConversationMessage.account_id == conversation.account_id,
        ConversationMessage.chat_id == conversation.chat_id,
        ConversationMessage.quote_token.is_not(None),
        ConversationMessage.state != MessageState.UNSENT,
    )
    return db.session.scalar(select(ConversationMessage).where(*mine))


def answer_of_another(conversation: Conversation, since: int, member_id: int | None) -> ConversationMessage | None:
    """Return the newest answer that another member or a person of HubSpot wrote behind the line with this number."""
    mine = and_(ConversationMessage.author_kind == "member", ConversationMessage.author_id == member_id)
    theirs = (
        ConversationMessage.id > since,
        ConversationMessage.direction == Direction.OUT,
        ConversationMessage.is_answer,
        mine.is_not(True),
    )
    query = select(ConversationMessage).where(*_of(conversation), *theirs)
    return db.session.scalars(query.order_by(ConversationMessage.id.desc()).limit(1)).first()


def _of(conversation: Conversation) -> tuple[Any, ...]:
    return (
        ConversationMessage.account_id == conversation.account_id,
        ConversationMessage.chat_id == conversation.chat_id,
    )

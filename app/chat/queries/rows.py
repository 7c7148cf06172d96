"""A line of the list of conversations: what is read of it, and what it shows a member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.friends.models import Friend
from app.friends.names import full_name
from app.line.models import Group
from app.messages.conversations.models import ChatSettings, Conversation, ConversationMessage
from app.team.models import Member

# What lines show, and what was said last, which changes no more without the first.
SHOWN: tuple[Any, ...] = (
    Conversation.id,
    Conversation.account_id,
    Conversation.chat_id,
    Conversation.kind,
    Conversation.status,
    Conversation.changed_in,
    Conversation.last_message_at,
    Conversation.last_incoming_id,
    Conversation.unanswered_since,
    Conversation.is_spam,
    Conversation.assignee_id,
    Friend.display_name,
    Friend.first_name,
    Friend.last_name,
    Friend.picture_url,
    Group.name.label("group_name"),
    Group.picture_url.label("group_picture_url"),
    Member.name.label("assignee_name"),
    Member.email.label("assignee_email"),
)
SAID: tuple[Any, ...] = (
    ConversationMessage.direction,
    ConversationMessage.type,
    ConversationMessage.state,
    ConversationMessage.content,
)


@dataclass(frozen=True)
class ConversationRow:
    """A line of the list as one member sees it: `row` has the columns of `select_rows`."""

    row: Any
    # What the member keeps of it, as columns of ConversationMark that may be empty; None for nothing.
    mark: Any
    # Messages that the member has not read, up to unread.COUNTED + 1.
    unread: int
    # Whether the other side waits longer than promised.
    is_late: bool
    is_mentioned: bool

    @property
    def id(self) -> int:
        """Return the conversation's id."""
        return int(self.row.id)

    @property
    def name(self) -> str | None:
        """Return what the friend or group is called; None where it is not known."""
        row = self.row
        return full_name(row.first_name, row.last_name) or row.display_name or row.group_name

    @property
    def picture_url(self) -> str | None:
        """Return the address of the picture."""
        found: str | None = self.row.picture_url or self.row.group_picture_url
        return found

    @property
    def assignee(self) -> str | None:
        """Return what the member who answers is called."""
        found: str | None = self.row.assignee_name or self.row.assignee_email
        return found

    @property
    def last(self) -> Any:
        """Return what was said last, with the columns SAID; None where nothing was."""
        return self.row if self.row.direction else None

    @property
    def waits(self) -> bool:
        """Return whether the other side waits for an answer."""
        return self.row.unanswered_since is not None and not self.row.is_spam

    @property
    def is_pinned(self) -> bool:
        """Return whether the member has pinned it."""
        return bool(self.mark and self.mark.is_pinned)

    @property
    def is_muted(self) -> bool:
        """Return whether the member hears nothing of it."""
        return bool(self.mark and self.mark.is_muted)

    @property
    def look(self) -> tuple[Any, ...]:
        """Return all that the line shows, apart from the page around it; what was said is told by `changed_in`."""
        kept = self.is_pinned, self.is_muted
        return (*self.row[: len(SHOWN)], *kept, self.unread, self.is_late, self.is_mentioned)


def select_rows(*more: Any) -> Select[Any]:
    """Select the columns SHOWN and SAID, in how many minutes the account promises answers, and `more`."""
    return (
        select(*SHOWN, *SAID, ChatSettings.answer_within, *more)
        .outerjoin(Friend, Friend.id == Conversation.friend_id)
        .outerjoin(Group, Group.id == Conversation.group_id)
        .outerjoin(Member, Member.id == Conversation.assignee_id)
        .outerjoin(ConversationMessage, ConversationMessage.id == Conversation.last_message_id)
        .outerjoin(ChatSettings, ChatSettings.account_id == Conversation.account_id)
    )

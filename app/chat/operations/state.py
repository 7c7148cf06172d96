"""What the team decides about a conversation: status, assignee, spam, and who answers."""

from __future__ import annotations

from app.chat.filters import STATUSES
from app.chat.queries.conversations import name_of
from app.chat.spam import write_spam
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.messages.conversations import owning
from app.messages.conversations.models import Conversation
from app.team import audit
from app.team.actors import Actor
from app.team.models import Member
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "conversation.spam": _l("marked %(target)s as spam"),
        "conversation.not_spam": _l("marked %(target)s as no spam"),
        "conversation.assigned": _l("assigned %(target)s"),
        "conversation.exported": _l("exported the conversation with %(target)s"),
        "conversation.released": _l("gave %(target)s back to automation"),
    },
    {"conversation": _l("Conversations")},
)


@operation(Permission.CHAT)
def set_status(conversation: Conversation, status: str, *, actor: Actor) -> None:
    """Change what the team has to do; raises InvalidInput for an unknown status."""
    if status not in STATUSES:
        raise InvalidInput(status=_l("Choose one from the list."))
    held = owning.hold(conversation.id)
    held.status = status
    owning.touch(held)


@operation(Permission.CHAT)
def assign(conversation: Conversation, member_id: int | None, *, actor: Actor) -> None:
    """Put a member in charge, or no one; raises InvalidInput for one who may not answer in this account."""
    if member_id is not None and not _may_answer(db.session.get(Member, member_id), conversation):
        raise InvalidInput(assignee=_l("This member may not use the chat of this account."))
    held = owning.hold(conversation.id)
    if held.assignee_id != member_id:
        held.assignee_id = member_id
        owning.touch(held)
        _record("conversation.assigned", held, actor)


@operation(Permission.CHAT)
def mark_spam(conversation: Conversation, *, is_spam: bool, actor: Actor) -> None:
    """Take the conversation out of all counts, or back; for spam the friend's workflows end, and none starts."""
    if write_spam([conversation.id], is_spam=is_spam, actor=actor):
        db.session.refresh(conversation)
        _record("conversation.spam" if is_spam else "conversation.not_spam", conversation, actor)


@operation(Permission.CHAT)
def take_over(conversation: Conversation, *, actor: Actor) -> None:
    """Answer in person from now on: automatic messages stop."""
    owning.take_over(owning.hold(conversation.id), actor=actor)


@operation(Permission.CHAT)
def release(conversation: Conversation, *, actor: Actor) -> None:
    """Let automatic messages answer again."""
    held = owning.hold(conversation.id)
    owning.release(held, actor=actor)
    _record("conversation.released", held, actor)


@operation(Permission.EXPORT)
def note_export(conversation: Conversation, *, actor: Actor) -> None:
    """Note that the conversation leaves Tomoru as a file."""
    _record("conversation.exported", conversation, actor)


def _may_answer(member: Member | None, conversation: Conversation) -> bool:
    who = Actor.of_member(member) if member else None
    return who is not None and who.may(Permission.CHAT) and who.may_see_account(conversation.account_id)


def _record(what: str, conversation: Conversation, actor: Actor) -> None:
    name = name_of(conversation)
    audit.record(actor, what, target=conversation, target_name=name, account_id=conversation.account_id)

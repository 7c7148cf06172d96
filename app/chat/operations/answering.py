"""Answers of members: stored, owned by the one who wrote, and brought to LINE by reply where a token is free."""

from __future__ import annotations

from app.chat.recipients import recipient_of
from app.chat.settings.choices import MarksRead
from app.chat.timing.reading import mark_later
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.line.models import Account
from app.messages.content.message_set import MessageSet
from app.messages.conversations import owning
from app.messages.conversations.models import ChatSettings, Conversation
from app.messages.sending.by_hand import hold_send, note_sent, repeat
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.models import MessageSend
from app.messages.sending.operations.sends import store_send
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission


@operation(Permission.CHAT)
def answer(conversation: Conversation, content: MessageSet, *, actor: Actor) -> MessageSend:
    """Store an answer for a worker, and take the conversation over.

    Raises InvalidInput where nothing is written, and Conflict for messages that cannot be sent.
    """
    held = owning.hold(conversation.id)
    account = db.session.get_one(Account, held.account_id)
    if not content.messages:
        raise InvalidInput(text=_l("Write something first."))
    owning.take_over(held, actor=actor)
    if held.assignee_id is None and _assigns(held.account_id):
        held.assignee_id = actor.member_id
    mark_later(held, MarksRead.ANSWER)
    return store_send(account, recipient_of(held), content, cause=_cause(held), actor=actor, is_answer=True)


@operation(Permission.CHAT)
def send_again(conversation: Conversation, send_id: int, *, actor: Actor) -> MessageSend:
    """Store an answer that did not arrive once more, for a worker; raises Conflict for one that is settled."""
    held = owning.hold(conversation.id)
    send = hold_send(held.account_id, held.chat_id, send_id)
    owning.take_over(held, actor=actor)
    return repeat(send, actor=actor, is_answer=True)


@operation(Permission.CHAT)
def mark_sent(conversation: Conversation, send_id: int, *, actor: Actor) -> None:
    """Note that an answer of which LINE did not say what became of it is on the phone."""
    held = owning.hold(conversation.id)
    note_sent(hold_send(held.account_id, held.chat_id, send_id))


def _assigns(account_id: int) -> bool:
    settings = db.session.get(ChatSettings, account_id)
    return settings is not None and settings.assigns_first_answer


def _cause(conversation: Conversation) -> Cause:
    return Cause(CauseKind.CHAT, str(conversation.id))

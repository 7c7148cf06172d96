"""Answers of members: stored, owned by the one who wrote, and brought to LINE by reply where a token is free."""

from __future__ import annotations

import json
from hashlib import blake2b

from sqlalchemy import select

from app.chat.operations import drafts
from app.chat.queries.downloads import downloads_of
from app.chat.queries.drafts import answer_of_another, draft_in, quoted_in
from app.chat.recipients import recipient_of, set_of
from app.chat.settings.choices import MarksRead
from app.chat.timing.reading import mark_later
from app.chat.wishes import NO_WISHES, AnswerWishes, wishes_of
from app.core import queue
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _, _l
from app.core.queue import Queue
from app.line.models import Account
from app.media.operations.files import revoke
from app.messages.content import message_set
from app.messages.content.message_set import MessageSet
from app.messages.conversations import owning
from app.messages.conversations.models import ChatSettings, Conversation, ConversationMessage
from app.messages.conversations.outgoing import note_quote, touch_outgoing
from app.messages.sending import by_hand
from app.messages.sending.additions import Additions
from app.messages.sending.by_hand import hold_send, note_sent, repeat
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.models import MessageSend
from app.messages.sending.operations.sends import store_send
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

QUOTING = frozenset({"text", "sticker"})


class JustAnswered(Conflict):
    """Another person has answered since the words were begun; the member decides whether theirs go out as well."""

    def __init__(self, newest: ConversationMessage, name: str) -> None:
        super().__init__(_("%(name)s just answered. Look at it first, or send yours as well.", name=name))
        self.newest = newest


@operation(Permission.CHAT)
def answer(
    conversation: Conversation, content: MessageSet, *, wishes: AnswerWishes = NO_WISHES, actor: Actor
) -> MessageSend:
    """Store an answer for a worker, and take the conversation over.

    Raises InvalidInput where nothing is written, and Conflict for messages that cannot be sent.
    """
    held = owning.hold(conversation.id)
    account = db.session.get_one(Account, held.account_id)
    if not content.messages:
        raise InvalidInput(text=_l("Write something first."))
    quoted = _quoted(held, content, wishes)
    owning.take_over(held, actor=actor)
    if held.assignee_id is None and _assigns(held.account_id):
        held.assignee_id = actor.member_id
    mark_later(held, MarksRead.ANSWER)
    additions = Additions(quote_token=quoted.quote_token if quoted else None)
    to, cause = recipient_of(held), _cause(held, wishes)
    send = store_send(account, to, content, cause=cause, additions=additions, actor=actor, is_answer=True)
    send.units, send.press = held.people if to.is_group else 1, wishes.press
    if quoted is not None:
        note_quote(send.id, quoted.line_message_id)
    _deliver_soon()
    return send


@operation(Permission.CHAT)
def send_draft(
    conversation: Conversation, words: str, *, press: str = "", seen: int | None = None, actor: Actor
) -> MessageSend:
    """Send these words with what the member's draft holds beside them, and forget the draft.

    The same press of the same content sends once. `seen` is the number of the newest line that the member had before
    the eyes; an answer of another member behind it raises JustAnswered. Raises what `answer` does.
    """
    held = owning.hold(conversation.id)
    draft = draft_in(held, actor)
    content = set_of(words, draft.messages, draft.quick_replies, draft.utm)
    pressed = _named(press, held.id, content) if press else None
    if pressed and (sent := _sent_by(held, pressed)):
        return sent
    if seen is not None and (newest := answer_of_another(held, seen, actor.member_id)):
        raise JustAnswered(newest, _author(newest))
    send = answer(held, content, wishes=wishes_of(draft, content, pressed), actor=actor)
    drafts.drop_draft(held, press=press, actor=actor)
    return send


@operation(Permission.CHAT)
def send_again(conversation: Conversation, send_id: int, *, actor: Actor) -> MessageSend:
    """Store an answer that did not arrive once more, for a worker; raises Conflict for one that is settled."""
    held = owning.hold(conversation.id)
    send = hold_send(held.account_id, held.chat_id, send_id)
    owning.take_over(held, actor=actor)
    _deliver_soon()
    return repeat(send, actor=actor, is_answer=True)


@operation(Permission.CHAT)
def mark_sent(conversation: Conversation, send_id: int, *, actor: Actor) -> None:
    """Note that an answer of which LINE did not say what became of it is on the phone."""
    held = owning.hold(conversation.id)
    note_sent(hold_send(held.account_id, held.chat_id, send_id))


@operation(Permission.CHAT)
def cancel(conversation: Conversation, send_id: int, *, actor: Actor) -> None:
    """Take back an answer that waits and that LINE has not seen; raises Conflict for any other."""
    held = owning.hold(conversation.id)
    by_hand.cancel(hold_send(held.account_id, held.chat_id, send_id))
    # What waited behind it.
    _deliver_soon()


@operation(Permission.CHAT)
def revoke_links(conversation: Conversation, send_id: int, *, actor: Actor) -> None:
    """Let the links of the files that went out with this send lead nowhere from now on."""
    held = owning.hold(conversation.id)
    send = hold_send(held.account_id, held.chat_id, send_id)
    for file in downloads_of([send.id]).get(send.id, []):
        revoke(file, actor=actor)
    touch_outgoing([send.id])


def _deliver_soon() -> None:
    queue.after_commit(db.session, "messages.sending.deliver", queue=Queue.SENDING)


def _quoted(held: Conversation, content: MessageSet, wishes: AnswerWishes) -> ConversationMessage | None:
    if wishes.quote_id is None:
        return None
    quoted = quoted_in(held, wishes.quote_id)
    if quoted is None:
        raise Conflict(_l("The message that you quoted was taken back. Send again to answer without a quote."))
    if not any(one.kind in QUOTING for one in content.messages):
        raise Conflict(_l("Only words and stickers can quote. Write something, or stop quoting."))
    return quoted


def _named(press: str, conversation_id: int, content: MessageSet) -> str:
    """Return a short name for this press with this content; another content is another answer."""
    said = json.dumps([press, conversation_id, message_set.write(content)], sort_keys=True)
    return blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _sent_by(held: Conversation, pressed: str) -> MessageSend | None:
    same = MessageSend.friend_id.is_not_distinct_from(held.friend_id), MessageSend.press == pressed
    return db.session.scalar(select(MessageSend).where(*same, MessageSend.account_id == held.account_id))


def _author(message: ConversationMessage) -> str:
    send = db.session.get(MessageSend, message.send_id) if message.send_id else None
    return str(send.actor.get("label") or "") if send else ""


def _assigns(account_id: int) -> bool:
    settings = db.session.get(ChatSettings, account_id)
    return settings is not None and settings.assigns_first_answer


def _cause(conversation: Conversation, wishes: AnswerWishes) -> Cause:
    return Cause(
        CauseKind.CHAT, str(conversation.id), auto_message_id=wishes.auto_message_id, tracks_links=wishes.tracks_links
    )

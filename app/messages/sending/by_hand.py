"""Settle by hand what became of a send: a member looked at the phone, or lets a refused one go out once more."""

from __future__ import annotations

import json
from uuid import uuid4

from sqlalchemy import select

from app.core import error_messages
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.i18n import _l
from app.messages.conversations.models import MessageState
from app.messages.conversations.outgoing import (
    Outgoing,
    SettledOutgoing,
    copy_quote,
    record_outgoing,
    settle_outgoing,
)
from app.messages.sending.models import MessageSend, SendState, Via
from app.team.actors import Actor

ON_PHONE, NOT_ON_PHONE, SENT_AGAIN = "messages.on_phone", "messages.not_on_phone", "messages.sent_again"
CANCELLED = "messages.cancelled"
REPEATED = frozenset({NOT_ON_PHONE, SENT_AGAIN})
error_messages.register(
    {
        ON_PHONE: _l("A member saw it on the phone."),
        NOT_ON_PHONE: _l("It was not on the phone, and was sent again."),
        SENT_AGAIN: _l("It was sent again."),
        CANCELLED: _l("A member cancelled it before it was sent."),
    }
)
_SETTLED = _l("What became of this message is settled already.")


def hold_send(account_id: int, chat_id: str, send_id: int) -> MessageSend:
    """Lock a send of this chat; raises NotFound."""
    mine = MessageSend.id == send_id, MessageSend.account_id == account_id, MessageSend.chat_id == chat_id
    found = db.session.scalar(select(MessageSend).where(*mine).with_for_update())
    if found is None:
        raise NotFound
    return found


def note_sent(send: MessageSend) -> None:
    """Note that the messages of an unknown send are on the phone; its row is held. Raises Conflict for other states."""
    if send.state != SendState.UNKNOWN:
        raise Conflict(_SETTLED)
    _settle(send, SendState.SENT, ON_PHONE)


def may_cancel(send: MessageSend) -> bool:
    """Return whether LINE surely has nothing of a send that waits."""
    return send.state == SendState.WAITING and send.key_used_at is None and send.via != Via.REPLY


def cancel(send: MessageSend) -> None:
    """Take a send back that LINE has not seen; its row is held. Raises Conflict for one that is on its way, or over."""
    if send.state != SendState.WAITING:
        raise Conflict(_SETTLED)
    if not may_cancel(send):
        raise Conflict(_l("It is on its way to LINE and cannot be stopped any more."))
    # A worker that holds it finds its lease gone, and leaves it alone.
    send.due_at, send.leased_until, send.settled_at = None, None, now()
    _settle(send, SendState.REFUSED, CANCELLED)


def repeat(send: MessageSend, *, actor: Actor, is_answer: bool) -> MessageSend:
    """Store a send of the same messages with a key of its own; the row is held by the caller.

    One that LINE did not speak of counts as not sent from then on. Raises Conflict for one that is on its way or was
    sent.
    """
    if send.state not in {SendState.UNKNOWN, SendState.REFUSED} or send.reason in REPEATED or not send.messages:
        raise Conflict(_SETTLED)
    _settle(send, SendState.REFUSED, NOT_ON_PHONE if send.state == SendState.UNKNOWN else SENT_AGAIN)
    again = MessageSend(
        account_id=send.account_id,
        chat_id=send.chat_id,
        friend_id=send.friend_id,
        cause_kind=send.cause_kind,
        cause_id=send.cause_id,
        actor={"kind": actor.kind.value, "id": actor.id, "label": actor.label},
        messages=send.messages,
        tracked_send_id=send.tracked_send_id,
        units=send.units,
        retry_key=uuid4(),
        due_at=now(),
    )
    db.session.add(again)
    db.session.flush()
    messages = json.dumps(send.messages, ensure_ascii=False)
    place = (send.chat_id, send.friend_id, send.cause_kind, send.cause_id)
    record_outgoing([Outgoing(again.id, send.account_id, *place, messages, now())], actor=actor, is_answer=is_answer)
    copy_quote(send.id, again.id)
    return again


def _settle(send: MessageSend, state: SendState, reason: str) -> None:
    send.state, send.reason = state, reason
    settle_outgoing([SettledOutgoing(send.id, MessageState(state.value))])

"""Send a message set to one friend, group or room."""

from __future__ import annotations

from uuid import uuid4

from app.core.clock import now
from app.core.db import db
from app.line.models import Account
from app.media.operations.references import set_references
from app.messages.content.filling import TooLong
from app.messages.content.message_set import MessageSet, files_of
from app.messages.conversations.outgoing import Outgoing, record_outgoing
from app.messages.sending.causes import Cause
from app.messages.sending.delivery import SENDS, deliver_now
from app.messages.sending.models import MessageSend, SendState
from app.messages.sending.recipients import Recipient
from app.messages.sending.rendering import messages_for
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

# What a send is called among owners of files.
OWNER = "message_send"


@operation(Permission.CHAT, Permission.WORKFLOWS)
def send(account: Account, recipient: Recipient, content: MessageSet, *, cause: Cause, actor: Actor) -> MessageSend:
    """Send up to five messages and return the send with its state; commits, and waits for LINE.

    A send whose state is WAITING is tried again by a worker. Raises Conflict for a set that cannot be sent.
    """
    stored = store_send(account, recipient, content, cause=cause, actor=actor)
    deliver_now(stored.id)
    return db.session.get_one(MessageSend, stored.id, populate_existing=True)


def store_send(
    account: Account, recipient: Recipient, content: MessageSet, *, cause: Cause, actor: Actor
) -> MessageSend:
    """Store a send in the caller's transaction; it is due, and `deliver_now` or a worker brings it to LINE.

    What grows too long with the recipient's values is stored as refused, with no messages. Raises Conflict for a set
    that cannot be sent.
    """
    try:
        (messages, tracked_id), reason = messages_for(recipient, content, cause), None
    except TooLong:
        messages, tracked_id, reason = [], None, "messages.too_long"
    row = MessageSend(
        account_id=account.id,
        chat_id=recipient.chat_id,
        friend_id=recipient.friend_id,
        cause_kind=cause.kind,
        cause_id=cause.reference,
        auto_message_id=cause.auto_message_id,
        actor={"kind": actor.kind.value, "id": actor.id, "label": actor.label},
        messages=messages,
        tracked_send_id=tracked_id,
        retry_key=uuid4(),
        state=SendState.REFUSED if reason else SendState.WAITING,
        created_at=now(),
    )
    if reason:
        row.reason, row.settled_at = reason, now()
    else:
        SENDS.order(row)
    db.session.add(row)
    db.session.flush()
    if messages:
        record_outgoing(_outgoing(row), actor=actor)
        # Phones fetch images when the chat is opened, which may be long after.
        set_references(account.id, OWNER, row.id, files_of(content))
    return row


def _outgoing(row: MessageSend) -> Outgoing:
    return Outgoing(
        send_id=row.id,
        account_id=row.account_id,
        chat_id=row.chat_id,
        friend_id=row.friend_id,
        cause_kind=row.cause_kind,
        cause_id=row.cause_id,
        messages=row.messages,
        occurred_at=row.created_at,
    )

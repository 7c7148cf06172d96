"""Send a message set to test recipients, as it would arrive; a test is marked as one and counted nowhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import func, select

from app.core.db import db, released
from app.core.errors import Conflict
from app.core.i18n import _, _l
from app.friends.models import Friend
from app.line.models import Account
from app.messages.content.message_set import MessageSet
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.delivery import deliver_now
from app.messages.sending.models import MessageSend, Tester
from app.messages.sending.operations import store_send
from app.messages.sending.recipients import Recipient
from app.messages.sending.testers import MOST_AT_ONCE
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

# Within this time the same test is the same press of the button.
JUST_NOW = timedelta(seconds=3)


@operation(Permission.AUTO_MESSAGES, Permission.BROADCASTS, Permission.WORKFLOWS, Permission.CHAT)
def send_test(
    account: Account, content: MessageSet, friend_ids: Collection[int], *, reference: str, actor: Actor
) -> Sequence[MessageSend]:
    """Send to one to ten test recipients and return the sends with their states; commits, and waits for LINE.

    `reference` is the id of the draft or other owner of the set. Raises Conflict for a set that cannot be sent, and for
    people who are no test recipients. A person who got a test of the same owner a moment ago gets no second one: a
    button that was pressed twice, perhaps in two windows, sends once.
    """
    people = _recipients(account.id, set(friend_ids))
    cause = Cause(CauseKind.TEST, reference)
    stored = [
        _sent_just_now(account.id, friend.id, cause)
        or store_send(account, Recipient.of_friend(friend), content, cause=cause, actor=actor)
        for friend in people
    ]
    ids = [one.id for one in stored]
    with released():
        for send_id in ids:
            deliver_now(send_id)
    query = select(MessageSend).where(MessageSend.id.in_(ids)).order_by(MessageSend.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _sent_just_now(account_id: int, friend_id: int, cause: Cause) -> MessageSend | None:
    """Return the test of this owner that the friend was sent less than `JUST_NOW` ago."""
    mine = (
        MessageSend.account_id == account_id,
        MessageSend.cause_kind == cause.kind,
        MessageSend.cause_id == cause.reference,
        MessageSend.friend_id == friend_id,
    )
    recent = select(MessageSend).where(*mine, MessageSend.created_at > func.clock_timestamp() - JUST_NOW)
    return db.session.scalars(recent.order_by(MessageSend.id.desc()).limit(1)).one_or_none()


def _recipients(account_id: int, friend_ids: set[int]) -> Sequence[Friend]:
    if not friend_ids:
        raise Conflict(_l("Choose who gets the test message."))
    if len(friend_ids) > MOST_AT_ONCE:
        raise Conflict(_("A test message goes to at most %(most)s people at once.", most=MOST_AT_ONCE))
    query = select(Friend).join(Tester, Tester.friend_id == Friend.id)
    chosen = query.where(Tester.account_id == account_id, Friend.id.in_(friend_ids)).order_by(Friend.id)
    # Locked until the sends are stored, so that another window's test waits for them and then finds them.
    chosen = chosen.with_for_update(of=Tester)
    people = db.session.scalars(chosen).all()
    if len(people) < len(friend_ids):
        raise Conflict(_l("One of them is not a test recipient any more. Choose again."))
    return people

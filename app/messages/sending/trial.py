"""Send a message set to test recipients, as it would arrive; a test is marked as one and counted nowhere."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Sequence
from hashlib import blake2b

from sqlalchemy import select, update

from app.core.db import db, released
from app.core.errors import Conflict
from app.core.i18n import _, _l
from app.friends.models import Friend
from app.line.models import Account
from app.messages.content.message_set import MessageSet, write
from app.messages.sending.additions import NOTHING, Additions
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.delivery import deliver_many
from app.messages.sending.models import MessageSend, Tester
from app.messages.sending.operations.sends import store_sends
from app.messages.sending.recipients import Recipient
from app.messages.sending.testers import MOST_AT_ONCE
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission


def new_press() -> str:
    """Return what a form tells with its button, so that a press that arrives twice is known."""
    return secrets.token_urlsafe(12)


@operation(Permission.AUTO_MESSAGES, Permission.BROADCASTS, Permission.WORKFLOWS, Permission.CHAT)
def send_test(
    account: Account,
    content: MessageSet,
    friend_ids: Collection[int],
    *,
    reference: str,
    press: str = "",
    additions: Additions = NOTHING,
    actor: Actor,
) -> Sequence[MessageSend]:
    """Send to one to ten test recipients and return the sends with their states; commits, and waits for LINE.

    `reference` is the id of the draft or other owner of the set, `press` what the form told of `new_press`: a person
    who was sent the same content by the same press gets it once. Raises Conflict for a set that cannot be sent, and
    for people who are no test recipients.
    """
    people = _recipients(account.id, set(friend_ids))
    cause = Cause(CauseKind.TEST, reference)
    pressed = _named(press, reference, content) if press else None
    sent = _sent_by(pressed, [friend.id for friend in people]) if pressed else {}
    left = [(Recipient.of_friend(friend), cause) for friend in people if friend.id not in sent]
    stored = [one.id for one in store_sends(account, left, content, additions=additions, actor=actor)]
    db.session.execute(update(MessageSend).where(MessageSend.id.in_(stored)).values(press=pressed))
    ids = [*sent.values(), *stored]
    with released():
        deliver_many(ids)
    query = select(MessageSend).where(MessageSend.id.in_(ids)).order_by(MessageSend.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _named(press: str, reference: str, content: MessageSet) -> str:
    """Return a short name for this press with this content; another content is another send."""
    said = json.dumps([press, reference, write(content)], sort_keys=True)
    return blake2b(said.encode(), digest_size=16).hexdigest()


def _sent_by(pressed: str, friend_ids: Collection[int]) -> dict[int | None, int]:
    """Return what was sent by the same press already: the sends' ids by friend."""
    mine = (MessageSend.friend_id.in_(friend_ids), MessageSend.press == pressed)
    rows = db.session.execute(select(MessageSend.friend_id, MessageSend.id).where(*mine))
    return {row.friend_id: row.id for row in rows}


def _recipients(account_id: int, friend_ids: set[int]) -> Sequence[Friend]:
    if not friend_ids:
        raise Conflict(_l("Choose who gets the test message."))
    if len(friend_ids) > MOST_AT_ONCE:
        raise Conflict(_("A test message goes to at most %(most)s people at once.", most=MOST_AT_ONCE))
    query = select(Friend).join(Tester, Tester.friend_id == Friend.id)
    chosen = query.where(Tester.account_id == account_id, Friend.id.in_(friend_ids)).order_by(Friend.id)
    # Locked until the sends are stored, so that the same press arriving twice waits for them and then finds them.
    chosen = chosen.with_for_update(of=Tester)
    people = db.session.scalars(chosen).all()
    if len(people) < len(friend_ids):
        raise Conflict(_l("One of them is not a test recipient any more. Choose again."))
    return people

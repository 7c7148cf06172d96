"""The demo's sent messages: test recipients and a test, messages to friends, and what these opened and clicked."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from sqlalchemy import exists, select

from app.core.db import db
from app.friends.models import FollowStatus, Friend
from app.line.models import Account
from app.messages.auto.library import AUTO_MESSAGES
from app.messages.auto.models import AutoMessage
from app.messages.content import message_set
from app.messages.library.operations import create_message
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.models import MessageSend, Tester
from app.messages.sending.operations.sends import send
from app.messages.sending.recipients import Recipient
from app.messages.sending.testers import add_tester, code_for, testers_of
from app.messages.sending.trial import send_test
from app.messages.tracking.addresses import addresses
from app.messages.tracking.models import TargetKind, TrackedLink
from app.seeds.known import COFFEE, Shop
from app.seeds.message_samples import Samples
from app.seeds.sandbox import Sandbox
from app.team.actors import Actor
from app.team.models import Member

GREETED, LOOKING, CLICKING, ASKING = 12, 9, 6, 3
GREETING, MONTH = "友だち追加のあいさつ", "今月のおすすめ"
PATIENCE_SECONDS = 5.0


def make_messages(sandbox: Sandbox, shop: Shop, account: Account, member: Member) -> Iterator[str]:
    """Make Auto Send Messages of each kind, test recipients and sends of the coffee shop; commits, says what it did."""
    if shop is not COFFEE:
        return
    actor = Actor.of_member(member)
    if made := _make_samples(sandbox, account, actor):
        yield f"Auto Send Messages of {account.name} with images, cards, a video and more: {made}."
    if _make_testers(sandbox, account, member, actor):
        yield f"Test recipients of {account.name}, who got a test message."
    if greeted := _greet(sandbox, account, actor):
        yield f"A message to {greeted} friends of {account.name}, some of whom opened it and followed its links."


def _make_samples(sandbox: Sandbox, account: Account, actor: Actor) -> int:
    known = set(db.session.scalars(select(AutoMessage.name).where(AutoMessage.account_id == account.id)))
    if len(known) > 2:
        return 0
    count = 0
    for name, content in Samples(account, sandbox.film("roasting"), actor).all():
        if name not in known:
            create_message(account.id, AUTO_MESSAGES, name, content, actor=actor)
            db.session.commit()
            count += 1
    return count


def _make_testers(sandbox: Sandbox, account: Account, member: Member, actor: Actor) -> int:
    """Let the member add their own LINE by a code, add a friend, and send both a test; returns how many got it."""
    if db.session.scalar(select(exists().where(Tester.account_id == account.id))):
        return 0
    add_tester(account, _following(account, 1)[0].id, actor=actor)
    code = code_for(account, member, actor=actor).code
    db.session.commit()
    user_id = sandbox.newcomer(COFFEE.channel_id, member.name)
    if sandbox.act(COFFEE.channel_id, user_id, {"act": "message", "message": {"type": "text", "text": code}}):
        _wait_for_member(account.id, member.id)
    people, greeting = [one.friend.id for one in testers_of(account.id)], _named(account, GREETING)
    if greeting is None:
        return 0
    return len(send_test(account, message_set.read(greeting.content), people, reference="demo", actor=actor))


def _wait_for_member(account_id: int, member_id: int) -> None:
    """Wait until a worker has read the code; without a worker the demo goes on."""
    mine = exists().where(Tester.account_id == account_id, Tester.member_id == member_id)
    until = time.monotonic() + PATIENCE_SECONDS
    while not db.session.scalar(select(mine)) and time.monotonic() < until:
        db.session.rollback()
        time.sleep(0.05)


def _greet(sandbox: Sandbox, account: Account, actor: Actor) -> int:
    """Send a message to friends; some look at it, some of them follow its links, and a few ask a question."""
    mine = (MessageSend.account_id == account.id, MessageSend.cause_kind != CauseKind.TEST)
    month = _named(account, MONTH)
    if month is None or db.session.scalar(select(exists().where(*mine))):
        return 0
    friends, content = _following(account, GREETED), message_set.read(month.content)
    cause = Cause(CauseKind.DEMO, "greeting", month.id)
    sends = [send(account, Recipient.of_friend(one), content, cause=cause, actor=actor) for one in friends]
    for friend in friends[:LOOKING]:
        sandbox.look(COFFEE.channel_id, friend.line_user_id)
    for friend, sent in zip(friends[:CLICKING], sends, strict=False):
        for address in _links(sent)[:1]:
            sandbox.visit(COFFEE.channel_id, friend.line_user_id, address)
    for friend in friends[:ASKING]:
        action = {"type": "message", "text": "おすすめは？"}
        sandbox.act(COFFEE.channel_id, friend.line_user_id, {"act": "tap", "action": action, "wait": 0})
    return len(sends)


def _following(account: Account, count: int) -> Sequence[Friend]:
    """Return the newest friends."""
    mine = (Friend.account_id == account.id, Friend.follow_status == FollowStatus.FOLLOWING)
    newest = select(Friend).where(*mine, Friend.display_name.is_not(None)).order_by(Friend.followed_at.desc())
    return db.session.scalars(newest.limit(count)).all()


def _named(account: Account, name: str) -> AutoMessage | None:
    """Return the Auto Send Message of this name; None when a member has deleted or renamed it."""
    mine = (AutoMessage.account_id == account.id, AutoMessage.name == name)
    return db.session.scalar(select(AutoMessage).where(*mine))


def _links(sent: MessageSend) -> list[str]:
    """Return the short addresses of the send's links."""
    links = select(TrackedLink).where(TrackedLink.send_id == sent.tracked_send_id, TrackedLink.kind == TargetKind.LINK)
    return [addresses.link(one.code, one.target) for one in db.session.scalars(links.order_by(TrackedLink.place))]

"""The demo's broadcasts: three and an A/B test that were sent and followed, one that waits, and a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from app.core.clock import now
from app.core.db import db
from app.friends.models import Friend
from app.line.models import Account
from app.messages.broadcasts.deal import winner_due_at
from app.messages.broadcasts.models import AudienceKind, Broadcast, BroadcastState, Variant
from app.messages.broadcasts.operations.confirming import confirm
from app.messages.broadcasts.operations.control import choose_winner
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.operations.rules import BroadcastSettings, change_rules
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.content.actions import LinkAction
from app.messages.content.kinds.buttons import ButtonsMessage
from app.messages.content.kinds.plain import TextMessage
from app.messages.content.message_set import MessageSet
from app.messages.tracking.addresses import addresses
from app.messages.tracking.models import TargetKind, TrackedLink
from app.seeds.known import COFFEE, TIME_ZONE, Shop
from app.seeds.message_parts import autumn_blend
from app.seeds.sandbox import Sandbox
from app.seeds.waiting import wait_until
from app.segments.models import Segment
from app.team.actors import Actor

NEWS = MessageSet(
    (
        TextMessage("{{display_name|お客}}さま、いつもありがとうございます。秋の新豆が焙煎所に届きました。"),
        ButtonsMessage(
            alt_text="秋の新豆のご案内",
            text="エチオピアとグアテマラの新豆です。常連さまには一足早くご案内します。",
            actions=(
                LinkAction("https://coffee.example.com/new-beans", "新豆を見る"),
                LinkAction("https://coffee.example.com/subscribe", "定期便に加える"),
            ),
        ),
    )
)
WORKSHOP = MessageSet((TextMessage("来月のドリップ教室のご予約を開始しました。https://coffee.example.com/workshop"),))
BREAKFAST = MessageSet(
    (TextMessage("京都店で秋のモーニングが始まりました。https://coffee.example.com/kyoto/breakfast"),)
)
# Name, segment, messages, and how many friends there are for each who opens the first link.
SENT = (("秋の新豆（常連さま）", "常連・VIP", NEWS, 2), ("秋のモーニング（京都店）", "京都店", BREAKFAST, 3))
BLEND = "秋のブレンド"
# The two sets of an A/B test, and how many friends there are for each who opens the link.
GREETING_A = MessageSet((TextMessage("冬のギフトセットができました。https://coffee.example.com/gifts"),))
GREETING_B = MessageSet(
    (
        TextMessage(
            "{{display_name|お客}}さま、贈りものに焙煎したての豆はいかがですか。https://coffee.example.com/gifts"
        ),
    )
)
GIFTS = BroadcastPlan(
    "冬のギフト（A/Bテスト）",
    AudienceChoice(),
    GREETING_A,
    content_b=GREETING_B,
    test_share=40,
    winner_after_hours=24,
)
OPENED_A, OPENED_B = 5, 2
HOLIDAYS = MessageSet((TextMessage("年末年始の営業時間のお知らせ"),))
PATIENCE_SECONDS = 20.0


def make_broadcasts(sandbox: Sandbox, shop: Shop, account: Account, actor: Actor) -> Iterator[str]:
    """Make the coffee shop's broadcasts unless it has any; commits, and says what it did."""
    if shop is not COFFEE or db.session.scalar(select(exists().where(Broadcast.account_id == account.id))):
        return
    change_rules(account.id, BroadcastSettings(price=Decimal(3)), actor=actor)
    create_draft(account.id, BroadcastPlan("年末年始の営業時間", AudienceChoice(), HOLIDAYS), actor=actor)
    lesson = BroadcastPlan("ドリップ教室のご案内", AudienceChoice(), WORKSHOP)
    _confirm(account, replace(lesson, scheduled_at=_saturday(), time_zone=TIME_ZONE), actor)
    for name, segment, content, every in SENT:
        sent = _confirm(account, BroadcastPlan(name, _segment(account, segment), content), actor)
        if _wait(sent, _is_sent):
            _follow(sandbox, account, sent.tracked_send_id, every)
    _send_picture(sandbox, account, actor)
    _run_test(sandbox, account, actor)
    yield f"Broadcasts of {account.name}: three and an A/B test that were sent, one that waits, and a draft."


def _send_picture(sandbox: Sandbox, account: Account, actor: Actor) -> None:
    """Send a picture; of three friends one looks at it and one taps it, so that opens are known."""
    content = MessageSet((autumn_blend(account, actor),))
    sent = _confirm(account, BroadcastPlan(BLEND, AudienceChoice(), content), actor)
    if not _wait(sent, _is_sent):
        return
    for number, person in enumerate(_links(account, sent.tracked_send_id)):
        if number % 3 == 1:
            sandbox.look(COFFEE.channel_id, person)
    _follow(sandbox, account, sent.tracked_send_id, 3)


def _run_test(sandbox: Sandbox, account: Account, actor: Actor) -> None:
    """Send an A/B test, and the set that more friends open to the rest."""
    test = _confirm(account, GIFTS, actor)
    if not _wait(test, lambda broadcast: winner_due_at(broadcast) is not None):
        return
    _follow(sandbox, account, test.tracked_send_id, OPENED_A)
    _follow(sandbox, account, test.tracked_send_b_id, OPENED_B)
    choose_winner(account.id, test.id, Variant.B, actor=actor)
    db.session.commit()
    if _wait(test, _is_sent):
        _follow(sandbox, account, test.tracked_send_b_id, OPENED_B)


def _segment(account: Account, name: str) -> AudienceChoice:
    """Return the segment of this name; all friends where a member has renamed or deleted it."""
    mine = (Segment.account_id == account.id, Segment.name == name)
    segment_id = db.session.scalar(select(Segment.id).where(*mine).limit(1))
    return AudienceChoice(AudienceKind.SEGMENT, segment_id) if segment_id else AudienceChoice()


def _saturday() -> datetime:
    """Return ten o'clock on the Saturday after the next."""
    today = now().astimezone(ZoneInfo(TIME_ZONE))
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 + 7)
    return saturday.replace(hour=10, minute=0, second=0, microsecond=0)


def _confirm(account: Account, plan: BroadcastPlan, actor: Actor) -> Broadcast:
    draft = create_draft(account.id, plan, actor=actor)
    db.session.commit()
    confirm(account.id, draft.id, seen=draft.version, actor=actor)
    db.session.commit()
    return draft


def _is_sent(broadcast: Broadcast) -> bool:
    return broadcast.state == BroadcastState.SENT


def _wait(broadcast: Broadcast, is_done: Callable[[Broadcast], bool]) -> bool:
    """Wait until workers have come so far with it; returns whether they have."""
    return wait_until(lambda: is_done(broadcast), PATIENCE_SECONDS)


def _follow(sandbox: Sandbox, account: Account, send_id: int | None, every: int) -> None:
    """Let one of `every` friends open the first link, and every fifth the second one."""
    for number, (person, links) in enumerate(_links(account, send_id).items()):
        for link in [*links[: number % every == 0], *links[1 : 1 + (number % 5 == 0)]]:
            sandbox.visit(COFFEE.channel_id, person, addresses.link(link.code, link.target))


def _links(account: Account, send_id: int | None) -> dict[str, Sequence[TrackedLink]]:
    """Return each person's links in their order, by LINE's id of the person."""
    query = select(Friend.line_user_id, TrackedLink).join(TrackedLink, TrackedLink.friend_id == Friend.id)
    mine = (Friend.account_id == account.id, TrackedLink.send_id == send_id, TrackedLink.kind == TargetKind.LINK)
    found: dict[str, list[TrackedLink]] = {}
    for person, link in db.session.execute(query.where(*mine).order_by(Friend.id, TrackedLink.place)):
        found.setdefault(person, []).append(link)
    return dict(found)

"""The demo's canned replies, kept as a member would; the sandbox has checked them by then."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import exists, select

from app.chat.canned.models import CannedReply, Sharing
from app.chat.canned.operations import ReplyWishes, create_reply
from app.core.db import db
from app.line.models import Account
from app.messages.content.kinds.plain import TextMessage
from app.messages.content.message_set import MessageSet
from app.seeds.known import COFFEE, Shop
from app.team.actors import Actor

REPLIES = (
    ("営業時間", "hours", "{{display_name|お客}}さま、営業時間は10時から19時までです。"),
    ("駐車場", "parking", "駐車場は店舗の裏に3台分ございます。満車の際は近隣のコインパーキングをご利用ください。"),
    ("配送について", "delivery", "ご注文から3営業日以内に発送いたします。発送後に追跡番号をお知らせします。"),
    ("豆の挽き方", "grind", "挽き方は、ペーパードリップ・フレンチプレス・エスプレッソからお選びいただけます。"),
)


def make_canned_replies(shop: Shop, account: Account, actor: Actor) -> Iterator[str]:
    """Make the coffee shop's replies unless it has any; yields a sentence for them. Commits."""
    if shop is not COFFEE or db.session.scalar(select(exists().where(CannedReply.account_id == account.id))):
        return
    for name, shortcut, words in REPLIES:
        wishes = ReplyWishes(name, shortcut, Sharing.TEAM)
        create_reply(account.id, wishes, MessageSet((TextMessage(words),)), actor=actor)
    db.session.commit()
    yield f"Canned replies of {account.name}: {len(REPLIES)}."

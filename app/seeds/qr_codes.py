"""The demo's QR Code: made as a member would, and scanned by two people who become friends by it."""

from __future__ import annotations

from sqlalchemy import exists, select

from app.core.clock import now
from app.core.db import db
from app.friends.models import Tag
from app.line.models import Account
from app.messages.auto.models import AutoMessage
from app.seeds.known import COFFEE, Shop
from app.seeds.sandbox import Sandbox
from app.team.actors import Actor
from app.workflows.qr_codes.models import QrCode
from app.workflows.qr_codes.operations.codes import CodeSettings, create_code
from app.workflows.qr_codes.ways import text_of

CODE = "京都店のレジ横"
PEOPLE = ("小春", "Oliver")


def make_qr_codes(sandbox: Sandbox, shop: Shop, account: Account, actor: Actor) -> int:
    """Make the coffee shop's code unless it has one, and let people scan it; returns how many did. Commits."""
    if shop is not COFFEE or db.session.scalar(select(exists().where(QrCode.account_id == account.id))):
        return 0
    thanks = select(AutoMessage.id).where(AutoMessage.account_id == account.id, AutoMessage.name == "ご来店のお礼")
    tags = select(Tag.id).where(Tag.account_id == account.id, Tag.name == "京都店")
    settings = CodeSettings(
        CODE,
        auto_message_id=db.session.scalar(thanks),
        tag_ids=frozenset(db.session.scalars(tags)),
    )
    code = create_code(account.id, settings, actor=actor)
    db.session.commit()
    for name in PEOPLE:
        text = text_of(code, now())
        user_id = sandbox.newcomer(shop.channel_id, name)
        sandbox.act(shop.channel_id, user_id, {"act": "message", "message": {"type": "text", "text": text}})
    return len(PEOPLE)

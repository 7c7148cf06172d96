"""The demo's Auto Send Messages, saved as a member would; the sandbox has checked them by then."""

from __future__ import annotations

from sqlalchemy import exists, select

from app.core.db import db
from app.folders.operations import create_folder
from app.line.models import Account
from app.messages.auto.library import AUTO_MESSAGES
from app.messages.auto.models import AutoMessage
from app.messages.content.actions import LinkAction, MessageAction
from app.messages.content.kinds.buttons import ButtonsMessage
from app.messages.content.kinds.plain import TextMessage
from app.messages.content.message_set import MessageSet, QuickReply
from app.messages.library.operations import create_message
from app.seeds.known import COFFEE, Shop
from app.team.actors import Actor

WELCOME = MessageSet(
    (
        TextMessage("{{display_name|お客}}さま、友だち追加ありがとうございます。灯珈琲です。"),
        ButtonsMessage(
            alt_text="はじめての方へ",
            text="はじめての方にはドリップバッグを1つお付けしています。",
            actions=(
                LinkAction("https://coffee.example.com/first", "受け取り方を見る"),
                MessageAction("おすすめは？", "おすすめを聞く"),
            ),
        ),
    ),
    (QuickReply(MessageAction("店舗はどこですか？", "店舗を探す")),),
)
THANKS = MessageSet((TextMessage("ご来店ありがとうございました。またのお越しをお待ちしています。"),))


def make_auto_messages(shop: Shop, account: Account, actor: Actor) -> int:
    """Make the coffee shop's two messages unless it has any; returns how many. Commits."""
    if shop is not COFFEE or db.session.scalar(select(exists().where(AutoMessage.account_id == account.id))):
        return 0
    folder_id = create_folder(account.id, AUTO_MESSAGES, "あいさつ", actor=actor).id
    db.session.commit()
    create_message(account.id, AUTO_MESSAGES, "友だち追加のあいさつ", WELCOME, folder_id=folder_id, actor=actor)
    create_message(account.id, AUTO_MESSAGES, "ご来店のお礼", THANKS, folder_id=folder_id, actor=actor)
    db.session.commit()
    return 2

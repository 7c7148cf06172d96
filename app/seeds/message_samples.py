"""Auto Send Messages of the demo's coffee shop, one of each important kind, with images that are drawn here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.line.models import Account
from app.media.models import Kind, Visibility
from app.messages.content.actions import (
    ClipboardAction,
    DateAction,
    LinkAction,
    MessageAction,
    PhoneAction,
    PostbackAction,
)
from app.messages.content.kinds.buttons import ConfirmMessage
from app.messages.content.kinds.cards import CardsMessage, EndCard, ProductCard
from app.messages.content.kinds.plain import (
    AudioMessage,
    ImageMessage,
    LocationMessage,
    StickerMessage,
    TextMessage,
    VideoMessage,
)
from app.messages.content.kinds.raw import FlexMessage
from app.messages.content.kinds.rich import Area, RichMessage, rectangles
from app.messages.content.message_set import MessageSet, QuickReply
from app.seeds.drawings import BROWN, CLAY, GOLD, GREEN, WHOLE, Place, stored, tiles
from app.team.actors import Actor

CHIME = Path(__file__).with_name("chime.mp3")
SHOP = "https://coffee.example.com"
HALVES: tuple[Place, ...] = ((0, 0, 1 / 2, 1), (1 / 2, 0, 1 / 2, 1))
BEANS = (("エチオピア", "華やかな香りの浅煎り", "¥980"), ("灯ブレンド", "毎日飲める中煎り", "¥860"))


class Samples:
    """The sets, made for one account; their files are stored when a set is asked for."""

    def __init__(self, account: Account, film: bytes, actor: Actor) -> None:
        self._account, self._film, self._actor = account, film, actor

    def all(self) -> Iterator[tuple[str, MessageSet]]:
        """Return names and sets."""
        yield "今月のおすすめ", self._month()
        yield "豆のご紹介", self._beans()
        yield "ワークショップのご案内", self._workshop()
        yield "焙煎のようす（動画）", self._roasting()
        yield "開店のチャイム（音声）", self._opening()
        yield "雨の日クーポン", _coupon()

    def _image(self, height: int, places: tuple[Place, ...], words: tuple[str, ...], colours: tuple[str, ...]) -> int:
        image = tiles((1040, height), places, words, colours)
        return self._file(Kind.IMAGE, image, f"{words[0].lower()}.png")

    def _file(self, kind: Kind, content: bytes, name: str) -> int:
        return stored(self._account, kind, content, name, Visibility.PUBLIC, self._actor).id

    def _month(self) -> MessageSet:
        """A Rich Message with two areas."""
        left, right = (
            Area(*place, action)
            for place, action in zip(
                rectangles("columns_2", 520),
                (LinkAction(f"{SHOP}/month", "今月の豆"), LinkAction(f"{SHOP}/order", "注文する")),
                strict=True,
            )
        )
        image = self._image(520, HALVES, ("THIS MONTH", "ORDER"), (GREEN, CLAY))
        hello = TextMessage("{{display_name|お客}}さま、今月のおすすめです {{emoji:5ac1bfd5040ab15980c9b435/001}}")
        return MessageSet((hello, RichMessage("今月のおすすめと注文", image, "columns_2", (left, right))))

    def _beans(self) -> MessageSet:
        """A Card Type message with an end card."""
        cards = tuple(
            ProductCard(
                self._image(640, (WHOLE,), (word,), (colour,)),
                *about,
                (LinkAction(f"{SHOP}/beans/{word.lower()}", "くわしく見る"),),
            )
            for about, word, colour in zip(BEANS, ("ETHIOPIA", "TOMORU"), (GOLD, BROWN), strict=True)
        )
        end = EndCard(None, LinkAction(f"{SHOP}/beans", "すべての豆を見る"))
        return MessageSet((CardsMessage("豆のご紹介", cards, end, "kilo"),))

    def _workshop(self) -> MessageSet:
        """An image, a place and a question, with quick replies."""
        when = DateAction("workshop=date", "date", label="日にちを選ぶ")
        asked = ConfirmMessage(
            "ワークショップに参加しますか？",
            "日曜のハンドドリップ教室に参加しますか？",
            (
                PostbackAction("workshop=yes", "参加します", "参加する"),
                PostbackAction("workshop=no", "", "今回は見送る"),
            ),
        )
        place = LocationMessage("灯珈琲 京都店", "京都府京都市下京区", 34.9858, 135.7588)
        replies = (QuickReply(when), QuickReply(PhoneAction("location", "現在地を送る")))
        image = self._image(640, (WHOLE,), ("WORKSHOP",), (GREEN,))
        return MessageSet((ImageMessage(image), place, asked), replies)

    def _roasting(self) -> MessageSet:
        """A video with a tracking ID."""
        film = self._file(Kind.VIDEO, self._film, "roasting.mp4")
        preview = self._image(720, (WHOLE,), ("ROASTING",), (BROWN,))
        return MessageSet((VideoMessage(film, preview, "roasting"), StickerMessage("446", "1988")))

    def _opening(self) -> MessageSet:
        """Words and a sound."""
        chime = self._file(Kind.AUDIO, CHIME.read_bytes(), "chime.mp3")
        return MessageSet((TextMessage("おはようございます。ただいま開店しました。"), AudioMessage(chime)))


def _coupon() -> MessageSet:
    """A Flex message with a code to copy."""
    copy = {"type": "clipboard", "label": "コードをコピー", "clipboardText": "RAINY10"}
    lines: list[dict[str, Any]] = [
        {"type": "text", "text": "雨の日クーポン", "weight": "bold", "size": "xl", "color": BROWN},
        {"type": "text", "text": "お会計から10%引き。スタッフに画面をお見せください。", "wrap": True, "size": "sm"},
        {"type": "separator", "margin": "lg"},
        {"type": "text", "text": "RAINY10", "align": "center", "size": "xxl", "margin": "lg"},
    ]
    button = {"type": "button", "style": "primary", "color": GREEN, "action": copy}
    bubble = {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "spacing": "md", "contents": lines},
        "footer": {"type": "box", "layout": "vertical", "contents": [button]},
    }
    replies = (
        QuickReply(MessageAction("店舗はどこですか？", "店舗を探す")),
        QuickReply(ClipboardAction("RAINY10", "コードをコピー")),
    )
    return MessageSet((FlexMessage("雨の日クーポン：10%引き", bubble),), replies)

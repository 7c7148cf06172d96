"""The demo's Message Items, saved as a member would; the sandbox has checked them by then."""

from __future__ import annotations

from sqlalchemy import exists, select

from app.core.db import db
from app.line.models import Account
from app.media.models import Kind, MediaFile, Visibility
from app.messages.content.actions import LinkAction, MessageAction
from app.messages.content.kinds.cards import CardsMessage, EndCard, ProductCard
from app.messages.content.kinds.rich import WIDTH, Area, RichMessage
from app.messages.content.message_set import MessageSet
from app.messages.library.operations import create_message
from app.messages.parts.library import CARD_MESSAGES, RICH_MESSAGES
from app.messages.parts.models import MessagePart
from app.seeds.drawings import BROWN, GREEN, stored, tiles
from app.seeds.known import COFFEE, Shop
from app.team.actors import Actor

BEANS = (("グアテマラ", "チョコレートのような甘み", "¥1,400", BROWN), ("エチオピア", "花のような香り", "¥1,600", GREEN))
SHOP_URL = "https://coffee.example.com"


def make_message_parts(shop: Shop, account: Account, actor: Actor) -> int:
    """Make the coffee shop's two items unless it has any; returns how many. Commits."""
    if shop is not COFFEE or db.session.scalar(select(exists().where(MessagePart.account_id == account.id))):
        return 0
    create_message(account.id, RICH_MESSAGES, "秋のブレンド", MessageSet((autumn_blend(account, actor),)), actor=actor)
    create_message(account.id, CARD_MESSAGES, "今月の豆", MessageSet((_cards(account, actor),)), actor=actor)
    db.session.commit()
    return 2


def autumn_blend(account: Account, actor: Actor) -> RichMessage:
    """Return a picture with two areas: one leads to the shop, one asks where there is a shop."""
    picture = _drawn(account, (("AUTUMN BLEND", BROWN), ("FIND A SHOP", GREEN)), (WIDTH, WIDTH), actor)
    half = WIDTH // 2
    areas = (
        Area(0, 0, WIDTH, half, LinkAction(f"{SHOP_URL}/autumn")),
        Area(0, half, WIDTH, half, MessageAction("店舗はどこですか？")),
    )
    return RichMessage("秋のブレンドができました", picture.id, "rows_2", areas)


def _cards(account: Account, actor: Actor) -> CardsMessage:
    cards = tuple(
        ProductCard(
            file_id=_drawn(account, ((f"BEANS {number}", colour),), (WIDTH, 676), actor).id,
            name=name,
            description=taste,
            price=price,
            actions=(LinkAction(f"{SHOP_URL}/beans/{number}", "くわしく見る"),),
        )
        for number, (name, taste, price, colour) in enumerate(BEANS, 1)
    )
    return CardsMessage("今月の豆", cards, EndCard(action=LinkAction(f"{SHOP_URL}/beans", "すべての豆を見る")))


def _drawn(account: Account, rows: tuple[tuple[str, str], ...], size: tuple[int, int], actor: Actor) -> MediaFile:
    """Draw an image of rows with a word each, and store it where LINE can fetch it."""
    places = [(0, at / len(rows), 1, 1 / len(rows)) for at in range(len(rows))]
    image = tiles(size, places, [word for word, _ in rows], [colour for _, colour in rows])
    return stored(account, Kind.IMAGE, image, "item.png", Visibility.PUBLIC, actor)

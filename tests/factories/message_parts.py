"""Message Items for tests."""

from __future__ import annotations

from app.core.db import db
from app.line.models import Account
from app.messages.content.actions import LinkAction
from app.messages.content.kinds.cards import ButtonCard, CardsMessage
from app.messages.content.kinds.rich import WIDTH, Area, RichMessage
from app.messages.content.message_set import MessageSet, write
from app.messages.parts.models import CardsPart, RichPart
from tests.factories.media import media_file, picture

SALE = LinkAction("https://shop.example/sale", "Sale")


def rich_message(account: Account, alt_text: str = "Spring sale") -> RichMessage:
    """A Rich Message with a stored picture and one area."""
    areas = (Area(0, 0, WIDTH, WIDTH, LinkAction("https://shop.example/sale")),)
    return RichMessage(alt_text=alt_text, file_id=media_file(account.id, picture(size=(52, 52))).id, areas=areas)


def rich_part(account: Account, name: str, alt_text: str = "Spring sale") -> RichPart:
    """A stored Rich Message."""
    content = write(MessageSet((rich_message(account, alt_text),)))
    row = RichPart(account_id=account.id, name=name, content=content)
    db.session.add(row)
    db.session.commit()
    return row


def cards_part(account: Account, name: str) -> CardsPart:
    """A stored Card Type Message."""
    card = ButtonCard(title="Beans", text="Fresh", actions=(SALE,))
    row = CardsPart(
        account_id=account.id, name=name, content=write(MessageSet((CardsMessage(alt_text="Beans", cards=(card,)),)))
    )
    db.session.add(row)
    db.session.commit()
    return row

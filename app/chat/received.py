"""How a message of the other side is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from app.core import lenient_json
from app.core.i18n import _l
from app.line.shop_pictures import sticker_picture
from app.line.texts import EmojiInText, NamedInText, received_with_names
from app.messages.conversations.models import ConversationMessage
from app.messages.preview.parts import Part
from app.messages.preview.phone import phone

LONGEST_KEYWORDS = 60


@dataclass(frozen=True)
class MapPlace:
    """Where a place is, in degrees."""

    latitude: float
    longitude: float

    @property
    def url(self) -> str:
        """Return the address of a map with the place on it."""
        return f"https://www.google.com/maps/search/?api=1&query={self.latitude:.6f}%2C{self.longitude:.6f}"


def drawing_of(message: ConversationMessage) -> Part | None:
    """Return what the other side wrote as on a phone; None for files, and for kinds that cannot be shown."""
    if message.type == "text":
        return Part("words", parts=[_piece(one) for one in received_with_names(message.content)])
    if message.type == "sticker":
        return _sticker(message)
    if message.type == "location":
        return phone([{**message.content, "type": message.type}]).messages[0]
    provider = lenient_json.mapping(message.content, "contentProvider")
    if lenient_json.text(provider, "type") == "external" and message.type in {"image", "video", "audio"}:
        return phone([{**message.content, **provider, "type": message.type}]).messages[0]
    return None


def place_of(message: ConversationMessage) -> MapPlace | None:
    """Return where the place of a message is; None for other kinds."""
    if message.type != "location":
        return None
    found = message.content.get("latitude"), message.content.get("longitude")
    if not all(isinstance(one, int | float) and not isinstance(one, bool) and abs(one) <= 180 for one in found):
        return None
    return MapPlace(*map(float, found))  # type: ignore[arg-type]


def sticker_words(message: ConversationMessage) -> str:
    """Return what a sticker says: what its sender wrote on it, else LINE's own words for it."""
    written = lenient_json.text(message.content, "text")
    given = message.content.get("keywords")
    keywords = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
    return written or ", ".join(keywords)[:LONGEST_KEYWORDS]


def _sticker(message: ConversationMessage) -> Part:
    words = sticker_words(message)
    note = _l("Sticker: %(words)s", words=words) if words else _l("Sticker")
    return Part("sticker", note=note, picture=sticker_picture(lenient_json.text(message.content, "stickerId")) or "")


def _piece(one: str | EmojiInText | NamedInText) -> Part:
    if isinstance(one, NamedInText):
        return Part("mention", one.words)
    if isinstance(one, str):
        return Part("span", one)
    return Part("emoji", note=_l("LINE emoji"), picture=one.picture) if one.picture else Part("span", one.placeholder)

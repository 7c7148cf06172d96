"""What LINE takes, but a member should know before friends see it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from app.core import lenient_json
from app.core.i18n import Text, _, _l
from app.line.texts import EmojiInText, sent
from app.messages.content.counting import utf16_units
from app.messages.content.kinds.plain import LONGEST_TEXT, MOST_EMOJI
from app.messages.content.message_set import MessageSet
from app.messages.content.sendable import is_listed_emoji, is_listed_sticker
from app.messages.tracking.addresses import is_trackable
from app.messages.tracking.places import TEXTS, addresses_in

# Marks and letters that LINE refuses in some links although browsers take them.
_RISKY = re.compile(r"[^\x21-\x7e]|[<>\"\\^`|{}]|%(?![0-9A-Fa-f]{2})|#.*#|^https?://[^/?#]*_")
# Room for the names of emoji, which LINE counts and does not disclose.
LONG_WITH_EMOJI = LONGEST_TEXT - 20 * MOST_EMOJI
UNKNOWN_LENGTH = _l(
    "LINE counts each LINE emoji with the length of a name that it does not disclose, so it may refuse a text of "
    "almost 5,000 characters."
)
ONLY_ON_PHONES = _l("LINE for PC never shows quick replies, and on phones they go away with the next message or a tap.")
SHORT_ADDRESSES = _l(
    "Links in texts are shown here as you typed them. Friends see a short address in their place, which counts taps."
)


def warnings_of(content: MessageSet, messages: list[dict[str, Any]], gifs: Sequence[str] = ()) -> list[Text]:
    """Return sentences for a set, whose messages were built for one recipient; `gifs` are names of its GIF files."""
    said: list[Text] = [ONLY_ON_PHONES] if content.quick_replies else []
    said += [_("LINE shows “%(name)s” as a still picture, even if it moves.", name=name) for name in gifs]
    in_fields, in_texts = dict.fromkeys(_links(messages)), dict.fromkeys(_links_in_texts(messages))
    for link in in_fields | in_texts:
        if link.lower().startswith("http://"):
            said.append(_("“%(link)s” is not encrypted. Phones warn of such links; use https://.", link=link))
    for link in in_fields:
        if _RISKY.search(link):
            why = _(
                "“%(link)s” has characters that LINE may refuse in a link. Copy it encoded from a browser.", link=link
            )
            said.append(why)
    return said + list(dict.fromkeys(one for message in messages for one in _unlisted(message)))


def notes_of(messages: list[dict[str, Any]]) -> list[Text]:
    """Return what is good to know of built messages and no reason to change them."""
    return [SHORT_ADDRESSES] if any(map(is_trackable, _links_in_texts(messages))) else []


def _unlisted(message: dict[str, Any]) -> Iterator[Text]:
    """Yield sentences about a sticker or LINE emoji that LINE may refuse."""
    kind = lenient_json.text(message, "type")
    if kind == "sticker":
        yield from _unlisted_sticker(
            lenient_json.text(message, "packageId") or "", lenient_json.text(message, "stickerId") or ""
        )
    if kind not in ("text", "textV2"):
        return
    emoji = [one for one in sent(message) if isinstance(one, EmojiInText)]
    for one in emoji:
        yield from _unlisted_emoji(one.product_id or "", one.emoji_id or "")
    if emoji and utf16_units(lenient_json.text(message, "text") or "") > LONG_WITH_EMOJI:
        yield UNKNOWN_LENGTH


def _unlisted_sticker(package: str, sticker: str) -> Iterator[Text]:
    if sticker and not is_listed_sticker(package, sticker):
        yield _(
            "Sticker %(sticker)s of package %(package)s is not on LINE’s list of stickers that accounts may send. LINE "
            "refuses it unless it was added there since.",
            sticker=sticker,
            package=package,
        )


def _unlisted_emoji(product: str, emoji: str) -> Iterator[Text]:
    if not is_listed_emoji(product, emoji):
        yield _(
            "LINE emoji %(emoji)s of set %(set)s is not on LINE’s list. LINE refuses the message unless it was added "
            "there since.",
            emoji=emoji,
            set=product,
        )


def _links_in_texts(messages: list[dict[str, Any]]) -> Iterator[str]:
    for message in messages:
        if message.get("type") in TEXTS:
            yield from addresses_in(lenient_json.text(message, "text") or "")


def _links(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name in ("uri", "linkUri") and isinstance(one, str):
                yield one
            else:
                yield from _links(one)
    elif isinstance(value, list):
        for one in value:
            yield from _links(one)

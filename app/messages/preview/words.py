"""Texts with LINE emoji and mentions as pieces: `text` with places in it, and `textV2` with names in braces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from app.core import lenient_json
from app.core.i18n import _l
from app.messages.preview.parts import Part, cut_out, inside

EMOJI = "https://stickershop.line-scdn.net/sticonshop/v1/sticon/{product}/iPhone/{emoji}.png"
_PLACE = re.compile(r"\{\{|\}\}|\{([A-Za-z0-9_]{1,20})\}")
_ID = re.compile(r"[0-9A-Za-z]{1,40}")


def words(message: Any) -> Part:
    """Return a text message."""
    if lenient_json.text(message, "type") == "textV2":
        return Part("words", parts=list(_named(message)))
    return Part("words", parts=list(_placed(message)))


def _named(message: Any) -> Iterator[Part]:
    typed, end = lenient_json.text(message, "text") or "", 0
    for found in _PLACE.finditer(typed):
        yield Part("span", cut_out(typed, end, found.start()))
        end = found.end()
        if found[1] is None:
            yield Part("span", found[0][0])
        else:
            yield _substitute(inside(inside(message, "substitution"), found[1]), found[0])
    yield Part("span", cut_out(typed, end, len(typed)))


def _substitute(value: dict[str, Any], typed: str) -> Part:
    if value.get("type") == "emoji":
        return _emoji(value)
    if value.get("type") == "mention":
        everyone = inside(value, "mentionee").get("type") == "all"
        return Part("mention", note=_l("@All") if everyone else _l("@member"))
    return Part("span", typed)


def _placed(message: Any) -> Iterator[Part]:
    """Yield the pieces of a text whose emoji stand where a `$` is; LINE counts places in UTF-16 units."""
    typed = lenient_json.text(message, "text") or ""
    units = typed.encode("utf-16-le", "replace")
    end = 0
    emojis = [one for one in lenient_json.items(message, "emojis") if (lenient_json.number(one, "index") or 0) >= 0]
    for one in sorted(emojis, key=lambda one: lenient_json.number(one, "index") or 0):
        place = (lenient_json.number(one, "index") or 0) * 2
        start = len(units[:place].decode("utf-16-le", "replace"))
        if start < end or units[place : place + 2] != b"$\0":
            continue
        yield Part("span", cut_out(typed, end, start))
        yield _emoji(one)
        end = start + 1
    yield Part("span", cut_out(typed, end, len(typed)))


def _emoji(one: Any) -> Part:
    product, number = lenient_json.text(one, "productId") or "", lenient_json.text(one, "emojiId") or ""
    if not (_ID.fullmatch(product) and _ID.fullmatch(number)):
        return Part("span", "$")
    return Part("emoji", note=_l("LINE emoji"), picture=EMOJI.format(product=product, emoji=number))

"""Addresses of LINE's own pictures of stickers and emoji, as its documentation shows them."""

from __future__ import annotations

import re

_HOST = "https://stickershop.line-scdn.net"
STICKER = f"{_HOST}/stickershop/v1/sticker/{{sticker}}/android/sticker.png"
EMOJI = f"{_HOST}/sticonshop/v1/sticon/{{product}}/iPhone/{{emoji}}.png"
_NUMBER = re.compile(r"[0-9]{1,20}")
_ID = re.compile(r"[0-9A-Za-z]{1,64}")


def sticker_picture(sticker_id: str | None) -> str | None:
    """Return the address of a sticker's picture; None for what is no sticker ID."""
    return STICKER.format(sticker=sticker_id) if sticker_id and _NUMBER.fullmatch(sticker_id) else None


def emoji_picture(product_id: str | None, emoji_id: str | None) -> str | None:
    """Return the address of an emoji's picture; None for what are no IDs."""
    if not (product_id and emoji_id and _ID.fullmatch(product_id) and _ID.fullmatch(emoji_id)):
        return None
    return EMOJI.format(product=product_id, emoji=emoji_id)

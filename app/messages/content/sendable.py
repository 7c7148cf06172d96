"""Stickers and emoji of LINE that accounts may send.

Sources: LINE Developers, "Stickers" (sticker definitions) and "LINE emoji" (emoji definitions), as of November 2026;
numbers within a package or set follow one another. LINE gives titles to packages, but not to sets of emoji. LINE may
add to its lists, so what is not in them is warned of, and LINE's validate endpoint has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.identifiers import row_number


@dataclass(frozen=True)
class StickerPackage:
    """A package of stickers; `language` is the code of the words on them, None where there are none."""

    id: int
    first: int
    last: int
    title: str
    # LINE's own, where it gives one.
    japanese_title: str | None = None
    language: str | None = None


STICKER_PACKAGES = (
    StickerPackage(446, 1988, 2027, "Moon: Special Edition", "ムーン スペシャル"),
    StickerPackage(789, 10855, 10894, "Sally: Special Edition", "サリー スペシャル"),
    StickerPackage(1070, 17839, 17878, "Moon: Special Edition", "ムーン スペシャル"),
    StickerPackage(6136, 10551376, 10551399, "LINE Characters: Making Amends", "謝罪のプロ!LINEキャラクターズ", "ja"),
    StickerPackage(6325, 10979904, 10979927, "Brown and Cony Fun Size Pack", "ちっちゃいブラコニ", "ja"),
    StickerPackage(6359, 11069848, 11069871, "Brown and Cony Fun Size Pack", None, "th"),
    StickerPackage(6362, 11087920, 11087943, "Brown and Cony Fun Size Pack", None, "zh-Hant"),
    StickerPackage(6370, 11088016, 11088039, "Brown and Cony Fun Size Pack", "ちっちゃいブラコニ", "en"),
    StickerPackage(6632, 11825374, 11825397, "LINE Characters: Making Amends", None, "zh-Hant"),
    StickerPackage(8515, 16581242, 16581265, "LINE Characters: Pretty Phrases", "ゆる敬語★LINEキャラクターズ", "ja"),
    StickerPackage(8522, 16581266, 16581289, "LINE Characters: Pretty Phrases", "ゆる敬語★LINEキャラクターズ", "en"),
    StickerPackage(8525, 16581290, 16581313, "LINE Characters: Pretty Phrases", None, "zh-Hant"),
    StickerPackage(11537, 52002734, 52002773, "Brown & Cony & Sally: Animated Special"),
    StickerPackage(11538, 51626494, 51626533, "CHOCO & Friends: Animated Special"),
    StickerPackage(11539, 52114110, 52114149, "UNIVERSTAR BT21: Animated Special"),
)
# Product IDs, and how many emoji each set has; these are counted from 001.
EMOJI_SETS: dict[str, int] = {
    "670e0cce840a8236ddd4ee4c": 211,
    "5ac1bfd5040ab15980c9b435": 250,
    "5ac1de17040ab15980c9b438": 194,
    "5ac21184040ab15980c9b43a": 234,
    "5ac21542031a6752fb806d55": 248,
    "5ac2173d031a6752fb806d56": 240,
    "5ac21869040ab15980c9b43b": 199,
    "5ac218e3040ab15980c9b43c": 221,
    "5ac2197b040ab15980c9b43d": 201,
    "5ac21a13031a6752fb806d57": 149,
    "5ac21a18040ab15980c9b43e": 239,
    "5ac21a8c040ab15980c9b43f": 149,
    "5ac21ae3040ab15980c9b440": 149,
    "5ac21b4f031a6752fb806d59": 149,
    "5ac21ba5040ab15980c9b441": 161,
    "5ac21bf9031a6752fb806d5a": 161,
    "5ac21c46040ab15980c9b442": 221,
    "5ac21c4e031a6752fb806d5b": 161,
    "5ac21cc5031a6752fb806d5c": 170,
    "5ac21cce040ab15980c9b443": 161,
    "5ac21d59031a6752fb806d5d": 212,
    "5ac21e6c040ab15980c9b444": 222,
    "5ac21ef5031a6752fb806d5e": 150,
    "5ac21f52040ab15980c9b445": 183,
    "5ac21fda040ab15980c9b446": 140,
    "5ac2206d031a6752fb806d5f": 252,
    "5ac220c2031a6752fb806d60": 246,
    "5ac2211e031a6752fb806d61": 250,
    "5ac2213e040ab15980c9b447": 182,
    "5ac2216f040ab15980c9b448": 188,
    "5ac221ca040ab15980c9b449": 167,
    "5ac22224031a6752fb806d62": 251,
    "5ac22293031a6752fb806d63": 184,
    "5ac222bf031a6752fb806d64": 250,
    "5ac223c6040ab15980c9b44a": 157,
    "5ac2264e040ab15980c9b44b": 252,
    "5ac22775040ab15980c9b44c": 247,
    "5ac2280f031a6752fb806d65": 250,
    "5ac22a8c031a6752fb806d66": 210,
    "5ac22b23040ab15980c9b44d": 247,
    "5ac22bad031a6752fb806d67": 214,
    "5ac22c9e031a6752fb806d68": 198,
    "5ac22d62031a6752fb806d69": 196,
    "5ac22def040ab15980c9b44e": 250,
    "5ac22e85040ab15980c9b44f": 209,
}


def is_listed_sticker(package_id: str, sticker_id: str) -> bool:
    """Return whether LINE's list has this sticker."""
    number = row_number(sticker_id) or 0
    return any(package_id == str(one.id) and one.first <= number <= one.last for one in STICKER_PACKAGES)


def is_listed_emoji(product_id: str, emoji_id: str) -> bool:
    """Return whether LINE's list has this emoji; its number has three digits."""
    is_number = len(emoji_id) == 3 and emoji_id.isdecimal()
    return is_number and 1 <= int(emoji_id) <= EMOJI_SETS.get(product_id, 0)

"""The order of a person's names: one rule for lists, pages, previews and files."""

from __future__ import annotations

import unicodedata

# How Unicode calls letters of the scripts in which the family name comes first.
_FAMILY_FIRST = ("CJK ", "HIRAGANA ", "KATAKANA ", "HANGUL ", "BOPOMOFO ", "IDEOGRAPHIC ")


def full_name(first: str | None, last: str | None) -> str:
    """Return first and last name in the order of their script: 山田 花子, but Hanako Yamada. Empty when both are."""
    names = [name for name in (first, last) if name]
    return " ".join(reversed(names) if any(map(_is_eastern, names)) else names)


def _is_eastern(name: str) -> bool:
    """Return whether any letter is of a script with the family name first; emoji and full-width Latin are none."""
    letters = "".join(one for one in name if unicodedata.category(one).startswith("L"))
    narrow = unicodedata.normalize("NFKC", letters)
    return any(unicodedata.name(one, "").startswith(_FAMILY_FIRST) for one in narrow)

"""Lengths are LINE's, and no character is cut in two."""

from __future__ import annotations

import pytest

from app.messages.content.counting import cut, graphemes, utf16_units

FAMILY = "👨\u200d👩\u200d👧"
FLAG = "🇯🇵"


@pytest.mark.parametrize(
    ("text", "units", "seen"),
    [
        ("", 0, 0),
        ("abc", 3, 3),
        ("灯る", 2, 2),
        ("𠮷", 2, 1),
        ("😀", 2, 1),
        (FAMILY, 8, 1),
        (FLAG, 4, 1),
        ("か\u3099", 2, 1),
        ("👍🏽", 4, 1),
        ("a\r\nb", 4, 3),
    ],
)
def test_lengths(text: str, units: int, seen: int) -> None:
    assert (utf16_units(text), graphemes(text)) == (units, seen)


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "abc"),
        ("ab😀", 3, "ab"),
        (f"a{FAMILY}", 8, "a"),
        (f"a{FAMILY}", 9, f"a{FAMILY}"),
        (f"{FLAG}{FLAG}", 7, FLAG),
        ("abc", 0, ""),
    ],
)
def test_cutting_keeps_whole_characters(text: str, limit: int, kept: str) -> None:
    assert cut(text, limit, utf16_units) == kept


def test_cutting_by_what_is_seen() -> None:
    assert cut(FAMILY * 3, 2, graphemes) == FAMILY * 2

"""Counting characters the two ways LINE counts them."""

import pytest

from sandbox.line.counting import graphemes, utf16_units


@pytest.mark.parametrize(
    ("text", "units", "visible"),
    [
        ("", 0, 0),
        ("abc", 3, 3),
        ("灯珈琲", 3, 3),
        ("😀", 2, 1),
        ("👩‍🍳", 5, 1),
        ("👍🏽", 4, 1),
        ("🇯🇵🇫🇷", 8, 2),
        ("か\u3099", 2, 1),
        ("☕️x", 3, 2),
        ("👨‍👩‍👧a👨‍👩‍👧", 17, 3),
    ],
)
def test_counts(text: str, units: int, visible: int) -> None:
    assert utf16_units(text) == units == len(text.encode("utf-16-le")) // 2
    assert graphemes(text) == visible

"""Names as they are kept."""

from __future__ import annotations

import pytest

from app.core.names import name_from_outside, one_line, shown_file_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  灯\t珈琲 \n ", "灯 珈琲"),
        ("\u200bVIP\ufeff", "VIP"),
        ("a\u202eb", "ab"),
        ("\u3164 \u2800", ""),
        ("a \u202e b", "a b"),
        ("\ufe0f\u200d\u0001", ""),
        ("花\u3000\u3000子\u00a0", "花 子"),
        # Letters that can only be read by programs.
        ("VIP\U000e0041\U000e0042", "VIP"),
        ("葛\U000e0100", "葛\U000e0100"),
        # What stands between the parts of an emoji or ends a flag is part of it.
        ("👩\u200d💻", "👩\u200d💻"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("❤\ufe0f", "❤\ufe0f"),
    ],
)
def test_only_what_can_be_seen_is_kept(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


def test_a_name_of_nothing_visible_is_no_name() -> None:
    assert [name_from_outside(sent) for sent in (None, "", "\u3164", " \u2800\u200b", " 花 ")] == [None] * 4 + ["花"]


def test_a_file_name_that_is_too_long_says_that_it_was_shortened() -> None:
    shown = shown_file_name("x" * 10_000 + ".csv")
    assert len(shown) == 200 and "…" in shown and shown.endswith("x.csv")
    assert shown_file_name("x" * 196 + ".csv") == "x" * 196 + ".csv"

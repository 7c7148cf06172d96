"""Names as they are kept."""

from __future__ import annotations

import pytest

from app.core.names import one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  灯\t珈琲 \n ", "灯 珈琲"),
        ("\u200bVIP\ufeff", "VIP"),
        ("a\u202eb", "ab"),
        ("\u3164 \u2800", ""),
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

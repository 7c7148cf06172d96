"""Whole numbers in addresses."""

from __future__ import annotations

MOST_DIGITS = 18


def whole_number(text: str) -> int | None:
    """Return the number; None for what is none, or has more digits than any number that is asked for."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None

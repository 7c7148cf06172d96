"""Parts of a whole, as results of broadcasts tell them."""

from __future__ import annotations


def rate(part: int | None, whole: int) -> float | None:
    """Return part ÷ whole; None where the part is not known, and for a zero denominator."""
    return part / whole if part is not None and whole > 0 else None

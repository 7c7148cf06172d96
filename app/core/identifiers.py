"""Read numbers of rows from addresses, forms and commands."""

from __future__ import annotations

# With one digit more, a number may be larger than PostgreSQL's bigint.
MOST_DIGITS = 18


def row_number(written: str) -> int | None:
    """Return the number; None for what is none, or is larger than any row's."""
    is_number = written.isascii() and written.isdecimal() and len(written) <= MOST_DIGITS
    return int(written) if is_number else None

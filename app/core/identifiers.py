"""Read numbers of rows from addresses, forms and commands."""

from __future__ import annotations

# With one digit more, a number may be larger than PostgreSQL's bigint.
MOST_DIGITS = 18


# The number of no row.
NO_ROW = -1


def row_number(written: str) -> int | None:
    """Return the number; None for what is none, or is larger than any row's."""
    return int(written) if written.isdecimal() and len(written) <= MOST_DIGITS else None


def form_row_number(written: object) -> int:
    """Return the number in a form, NO_ROW for one larger than any row's; raises ValueError for what is no number."""
    text = str(written).strip()
    if text.isdecimal() and row_number(text) is None:
        return NO_ROW
    return int(text)

"""Read numbers of rows from addresses, forms and commands."""

from __future__ import annotations

# With one digit more, a number may be larger than PostgreSQL's bigint.
MOST_DIGITS = 18


# The number of no row.
NO_ROW = -1


def row_number(written: str) -> int | None:
    """Return the number; None for what is none, or is larger than any row's."""
    return int(written) if written.isascii() and written.isdecimal() and len(written) <= MOST_DIGITS else None


def form_row_number(written: object) -> int:
    """Return the number in a form, NO_ROW for one that no row can have; raises ValueError for what is no number."""
    text = str(written).strip()
    number = row_number(text)
    if number is None and not text.removeprefix("-").isdecimal():
        raise ValueError(text)
    return NO_ROW if number is None else number


def posted_number(written: str | None) -> int:
    """Return the number of a field that the page itself fills in, 0 for none and for what is no number of a row."""
    return row_number(written or "") or 0

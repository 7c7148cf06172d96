"""Tables as CSV that spreadsheet programs open rightly: with a BOM, and never run as a formula. Written in pieces."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

# Excel takes a file without it for one in the computer's old character set.
BOM = "\ufeff"
ROWS_PER_PIECE = 200
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_pieces(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield the file in pieces of a few hundred lines, so that a million rows need no memory."""
    buffer = io.StringIO()
    buffer.write(BOM)
    writer = csv.writer(buffer)
    writer.writerow([cell(value) for value in header])
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell(value) for value in row])
        if number % ROWS_PER_PIECE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def cell(value: Any) -> Any:
    """A value as it may stand in a cell: text that a spreadsheet would take for a formula gets an apostrophe before."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text

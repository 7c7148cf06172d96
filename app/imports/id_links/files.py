"""Files of the very form that is imported, written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

ROWS_PER_PIECE = 2_000


def lines(rows: Iterable[tuple[str, ...]], *header: tuple[str, ...]) -> Iterator[str]:
    """Lines of CSV in pieces, exactly as they are imported: no BOM, and no apostrophe before anything."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow(row)
        if number % ROWS_PER_PIECE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()

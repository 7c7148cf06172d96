"""Files of the very form that is imported, written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

ROWS_PER_PIECE = 2_000
# Python's own writer forgets the carriage return when lines end with a line feed alone.
_NEEDS_QUOTES = re.compile(r'[",\r\n]')


def lines(rows: Iterable[tuple[str, ...]], *header: tuple[str, ...]) -> Iterator[str]:
    """Lines of CSV in pieces: no BOM, and no apostrophe before anything, so that what is read again is the same."""
    yield "".join(map(_line, header))
    ahead = iter(rows)
    while piece := "".join(map(_line, islice(ahead, ROWS_PER_PIECE))):
        yield piece


def _line(row: tuple[str, ...]) -> str:
    return ",".join(map(_quoted, row)) + "\n"


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value

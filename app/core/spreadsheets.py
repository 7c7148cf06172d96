"""Tables as CSV that spreadsheet programs open rightly: with a BOM, and never run as a formula. Written in pieces."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any

from app.core.characters import BLANK, UNSEEN
from app.core.clock import in_zone
from app.core.i18n import Text, _, time_zone
from app.core.values.numbers import spelled

# Excel takes a file without it for one in the computer's old character set.
BOM = "\ufeff"
ROWS_PER_PIECE = 200
# What makes a program take a text for a formula, also of full width and behind blanks or marks that cannot be seen.
_FORMULA = f"[{BLANK}{UNSEEN}]*[=+@＝＋－＠-]"
_STARTS_FORMULA = re.compile(rf"{_FORMULA}|[\t\r\n]")
_GUARDED = re.compile(f"'+{_FORMULA}")
# What `guarded` changes, for Python and PostgreSQL alike.
GUARDED_AGAIN = f"^'*{_FORMULA}"
_GUARDED_AGAIN = re.compile(GUARDED_AGAIN)
_SPLITS_LIST = re.compile('[,"]')


def csv_pieces(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Return the file in pieces of a few hundred lines, so that a million rows need no memory.

    It ends with its last row, as spreadsheet programs expect. Clients see that a connection broke off, since an answer
    over HTTP/1.1 ends with a mark of its own.
    """
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
    if rest := buffer.getvalue():
        yield rest


def moment_header(label: Text) -> str:
    """Return the header of a column of times: its label, with the time zone in which `moment_cell` writes them."""
    return _("%(label)s (%(zone)s)", label=label, zone=time_zone())


def moment_cell(value: datetime | None, tz: tzinfo) -> str:
    """Return the time in the workspace's time zone, in a format that every spreadsheet sorts."""
    shown = in_zone(value, tz) if value else None
    return f"{shown:%Y-%m-%d %H:%M:%S}" if shown else ""


def cell(value: Any) -> Any:
    """A value as it may stand in a cell: text that a spreadsheet would take for a formula gets an apostrophe before."""
    if value is None:
        return ""
    if isinstance(value, float):
        return spelled(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(value)
    return f"'{text}" if _STARTS_FORMULA.match(text) else text


def in_one_cell(values: Iterable[str]) -> str:
    """Return several values as one cell: with commas between them, and those that hold one in quotation marks."""
    return ", ".join(_quoted(value) if _SPLITS_LIST.search(value) else value for value in values)


def _quoted(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def guarded(value: str) -> str:
    """Return a value for a file that is read again: with one apostrophe more before a formula; see `unguarded`."""
    return f"'{value}" if _GUARDED_AGAIN.match(value) else value


def unguarded(value: str) -> str:
    """Return the value that `guarded` was given."""
    return value[1:] if _GUARDED.match(value) else value

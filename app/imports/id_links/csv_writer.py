"""Files of the very form that is imported, written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from app.core.db import stream_sized
from app.core.db.replica import reading_engine
from app.core.spreadsheets import GUARDED_AGAIN, guarded
from app.friends.models import IdLink
from app.friends.queries.id_links import ROWS_AT_ONCE, links_to_export
from app.imports.id_links.pipeline.check_file import HEADER

ROWS_PER_PIECE = 2_000
# Python's own writer forgets the carriage return when lines end with a line feed alone.
NEEDS_QUOTES = '[",\r\n]'
_NEEDS_QUOTES = re.compile(NEEDS_QUOTES)


@dataclass(frozen=True)
class LinksFile:
    """A file that is made piece by piece; its size in bytes is known before."""

    size: int
    pieces: Iterator[str]


def links_file(account_id: int) -> LinksFile:
    """Return all links of the account; a connection is held while they are read, besides any that is held already."""
    size, rows = stream_sized(reading_engine(), _size(account_id), links_to_export(account_id), ROWS_AT_ONCE)
    pieces = lines(((row.line_user_id, row.user_id) for row in rows), HEADER)
    return LinksFile(len(_line(HEADER)) + size, pieces)


def lines(rows: Iterable[tuple[str, ...]], *header: tuple[str, ...]) -> Iterator[str]:
    """Lines of CSV in pieces: no BOM, and apostrophes before formulas that the import takes off again."""
    yield "".join(map(_line, header))
    ahead = iter(rows)
    while piece := "".join(map(_line, islice(ahead, ROWS_PER_PIECE))):
        yield piece


def _line(row: tuple[str, ...]) -> str:
    return ",".join(_quoted(guarded(value)) for value in row) + "\n"


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value


def _size(account_id: int) -> Select[int]:
    """Select how many bytes `lines` makes of the account's links."""
    value = IdLink.user_id
    marks = func.length(value) - func.length(func.replace(value, '"', ""))
    extra: ColumnElement[Any] = case((value.regexp_match(NEEDS_QUOTES), 2 + marks), else_=0)
    extra += case((value.regexp_match(GUARDED_AGAIN), 1), else_=0)
    of_row = func.octet_length(IdLink.line_user_id) + func.octet_length(value) + 2 + extra
    return select(func.coalesce(func.sum(of_row), 0)).where(IdLink.account_id == account_id)

"""Read records of a CSV file as in RFC 4180, each with its line: the slow way, for records the quick way leaves out.

It never fails: what is no record is a `Fault` at its line, and reading goes on at the line after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# No record of any sense is longer; beyond it, the end of a quotation or a line is not waited for.
LONGEST = 16 * 1024
SHOWN = 300
# Quoted up to its closing mark (the last group is that mark), or plain.
_FIELD = re.compile(rb'"((?:[^"]++|"")*+)("?)|([^",\r\n]*+)')


@dataclass(frozen=True)
class CsvRecord:
    """The fields of one record, unquoted, and the raw bytes it was made of."""

    line: int
    fields: list[bytes]
    raw: bytes

    @property
    def is_blank(self) -> bool:
        """Return whether the line is empty."""
        return not self.raw.strip(b"\r\n")


@dataclass(frozen=True)
class RowError:
    """A line that cannot be used; `code` is one of `words`."""

    line: int
    code: str
    value: str


@dataclass(frozen=True)
class Step:
    """The record at a place and its length; None instead of a record for a line's end that is only skipped."""

    found: CsvRecord | RowError | None
    end: int
    lines: int
    # The line goes on beyond what is known, and all of it is to be skipped.
    is_cut: bool = False


def records(content: bytes) -> Iterator[CsvRecord | RowError]:
    """Return all records of a whole file."""
    at, line = 0, 1
    while at < len(content):
        step = read(content, at, line, is_last=True)
        if step is None:
            return
        at, line = step.end, line + step.lines
        if step.found is not None:
            yield step.found


def read(data: bytes, at: int, line: int, is_last: bool) -> Step | None:
    """Return the record at `at`; None when more of the file is needed. `is_last`: nothing comes after `data`."""
    limit = min(len(data), at + LONGEST)
    can_grow = limit == len(data) and not is_last
    fields: list[bytes] = []
    pos = at
    while True:
        # An empty field matches, so there always is something.
        match: re.Match[bytes] = _FIELD.match(data, pos, limit)  # type: ignore[assignment]
        is_quoted = match[3] is None
        if is_quoted and (not match[2] or (match.end() == limit and limit < len(data))):
            return None if can_grow else _fault(data, at, line, "unclosed_quote", is_last)
        fields.append(match[1].replace(b'""', b'"') if is_quoted else match[3])
        pos = match.end()
        if pos == limit:
            if can_grow:
                return None
            return _record(data, at, pos, line, fields) if pos == len(data) else _too_long(data, at, line, is_last)
        if data[pos] == 0x2C:
            pos += 1
            continue
        return _at_end(data, at, pos, line, fields, is_quoted, is_last)


def _at_end(
    data: bytes, at: int, pos: int, line: int, fields: list[bytes], is_quoted: bool, is_last: bool
) -> Step | None:
    """Read the end of a record, where no comma follows a field."""
    if data[pos] == 0x0A:
        return _record(data, at, pos + 1, line, fields)
    if data[pos] == 0x0D:
        if data[pos + 1 : pos + 2] == b"\n":
            return _record(data, at, pos + 2, line, fields)
        if pos + 1 == len(data) and not is_last:
            return None
        return _fault(data, at, line, "lone_return", is_last)
    return _fault(data, at, line, "after_quote" if is_quoted else "quote_inside", is_last)


def _record(data: bytes, at: int, end: int, line: int, fields: list[bytes]) -> Step:
    raw = data[at:end]
    return Step(CsvRecord(line, fields, raw), end, raw.count(b"\n"))


def _too_long(data: bytes, at: int, line: int, is_last: bool) -> Step | None:
    return _fault(data, at, line, "line_too_long", is_last)


def _fault(data: bytes, at: int, line: int, code: str, is_last: bool) -> Step | None:
    """Return a fault for the first line only; what follows is read again."""
    newline = data.find(b"\n", at)
    if newline < 0 and not is_last and len(data) - at < LONGEST:
        return None
    end = len(data) if newline < 0 else newline + 1
    fault = RowError(line, code, shown(data[at : min(end, at + LONGEST)]))
    return Step(fault, end, int(newline >= 0), is_cut=newline < 0 and not is_last)


def skip_line(data: bytes, at: int) -> Step:
    """Skip the rest of a line that was given up."""
    newline = data.find(b"\n", at)
    return Step(None, len(data), 0, is_cut=True) if newline < 0 else Step(None, newline + 1, 1)


def shown(raw: bytes) -> str:
    """Return bytes as text to show and store: one line, only valid characters, cut to a maximum length."""
    text = raw.strip(b"\r\n").decode(errors="replace").replace("\x00", "␀")
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

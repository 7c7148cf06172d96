"""Parse one window of a file into rows ready for COPY, faults, and the beginning of the next window."""

from __future__ import annotations

import re
from codecs import utf_8_decode
from dataclasses import dataclass, field

from app.imports.id_links.pipeline.check_file import ROWS, check, values
from app.imports.id_links.pipeline.csv_reader import CsvRecord, RowError, read, skip_line

# With so many faults the rest of a window waits for the next turn, so that even a file of nothing else needs no memory.
MOST_ERRORS = 20_000


@dataclass
class RowPosition:
    """The position of reading; between two windows it is stored with the run."""

    offset: int = 0
    # Of the next record; lines and positions count from 1.
    line: int = 1
    position: int = 1
    # The line of the first row is its position plus this, until the next jump.
    shift: int = 0
    # The first of the blank lines just passed, which are a fault only when a row follows; 0 for none.
    blank: int = 0
    # True while skipping the rest of an over-long line.
    is_cut: bool = False


@dataclass
class ParsedWindow:
    """A parsed window: bytes for COPY, the number of rows in them, faults, and (position, line) where lines jump."""

    chunks: list[bytes] = field(default_factory=list)
    rows: int = 0
    faults: list[RowError] = field(default_factory=list)
    jumps: list[tuple[int, int]] = field(default_factory=list)


def parse_window(data: bytes, place: RowPosition, is_last: bool) -> ParsedWindow:
    """Parse `data`, which begins at `place`, and move the place behind what was used of it."""
    return _WindowParser(data, place, is_last).sift()


class _WindowParser:
    def __init__(self, data: bytes, place: RowPosition, is_last: bool) -> None:
        self.data, self.place, self.is_last = data, place, is_last
        self.at, self.found = 0, ParsedWindow()
        # Up to the line of the first byte that is not UTF-8.
        self.valid_until = 0

    def sift(self) -> ParsedWindow:
        start, size = self.place.offset, len(self.data)
        self.valid_until = self._find_invalid()
        if self.place.is_cut:
            self._skip()
        while self.at < size and len(self.found.faults) < MOST_ERRORS:
            self._take_rows()
            if self.at < size and not self._take_one():
                break
        self.place.offset = start + self.at
        return self.found

    def _find_invalid(self) -> int:
        try:
            utf_8_decode(memoryview(self.data)[self.at :], "strict", True)
        except UnicodeDecodeError as error:
            return max(self.at, self.data.rfind(b"\n", self.at, self.at + error.start) + 1)
        return len(self.data)

    def _skip(self) -> None:
        step = skip_line(self.data, self.at)
        self.at, self.place.line, self.place.is_cut = step.end, self.place.line + step.lines, step.is_cut

    def _take_rows(self) -> None:
        """Take as many rows as are valid at first sight."""
        # No row at all matches too.
        match: re.Match[bytes] = ROWS.match(self.data, self.at, max(self.at, self.valid_until))  # type: ignore[assignment]
        if match.end() > self.at:
            chunk = self.data[self.at : match.end()]
            count = chunk.count(b"\n")
            self._add(chunk.replace(b"\r\n", b"\n") if b"\r" in chunk else chunk, count, self.place.line)
            self.at, self.place.line = match.end(), self.place.line + count

    def _take_one(self) -> bool:
        """Take one record the slow way; False when more of the file is needed to tell."""
        line = self.place.line
        step = read(self.data, self.at, line, self.is_last)
        if step is None:
            return False
        self.at, self.place.line, self.place.is_cut = step.end, line + step.lines, step.is_cut
        if self.at > self.valid_until:
            self.valid_until = self._find_invalid()
        if isinstance(step.found, CsvRecord) and step.found.is_blank:
            self.place.blank = self.place.blank or line
        elif isinstance(step.found, CsvRecord):
            self._judge(step.found)
        elif step.found is not None:
            self._blame(step.found)
        return True

    def _judge(self, record: CsvRecord) -> None:
        fault = check(record)
        if fault is not None:
            return self._blame(fault)
        line_user_id, user_id = values(record)
        return self._add(line_user_id + b',"' + user_id.replace(b'"', b'""') + b'"\n', 1, record.line)

    def _add(self, chunk: bytes, count: int, line: int) -> None:
        self._settle_blank()
        place = self.place
        if line - place.position != place.shift:
            place.shift = line - place.position
            self.found.jumps.append((place.position, line))
        self.found.chunks.append(chunk)
        self.found.rows += count
        place.position += count

    def _blame(self, fault: RowError) -> None:
        self._settle_blank()
        self.found.faults.append(fault)

    def _settle_blank(self) -> None:
        if self.place.blank:
            self.found.faults.append(RowError(self.place.blank, "blank", ""))
            self.place.blank = 0

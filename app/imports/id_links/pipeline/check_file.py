"""The rules of an ID link file: of its beginning, and of every record."""

from __future__ import annotations

import re

from app.core.characters import edges_trimmed
from app.core.spreadsheets import unguarded
from app.imports.id_links.pipeline.csv_reader import CsvRecord, RowError, shown

HEADER = ("line_user_id", "user_id")
LONGEST_USER_ID = 191
LINE_USER_ID = re.compile(rb"U[0-9A-Za-z]{32}")

# What begins and ends a user ID at first sight: no blank, nor a byte with which a blank or an invisible character of
# Unicode may begin (a few letters share it), nor the apostrophe that exports put before a formula.
_FIRST = rb"[!#-&(-+\--~\xc3-\xcb\xce-\xd7\xd9-\xdf\xe0\xe4-\xee]|\xe3(?!\x80\x80|\x85\xa4)"
_END = (
    rb"(?:(?<=[!-~])|(?<![\x00- \x7f])(?<!\xc2[\x80-\xbf])(?<!\xcd\x8f)(?<!\xd8\x9c)(?<!\xe3\x80\x80)(?<!\xe3\x85\xa4)"
    rb"(?<!\xe1[\x80-\xbf][\x80-\xbf])(?<!\xe2[\x80-\xbf][\x80-\xbf])(?<!\xef[\x80-\xbf][\x80-\xbf])"
    rb"(?<![\xf0\xf3][\x80-\xbf][\x80-\xbf][\x80-\xbf]))"
)
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
# What a spreadsheet makes of a long number, and of an ID such as 1-3 or MAR1; the quick look is less strict.
_ROUNDED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E[+-][0-9]{2,3}", re.IGNORECASE)
_DATE = re.compile(
    rf"[0-9]{{1,2}}-(?:{_MONTHS})(?:-[0-9]{{2,4}})?|(?:{_MONTHS})-[0-9]{{2,4}}|[0-9]{{1,2}}月[0-9]{{1,2}}日"
)
_SPOILT = rb"(?![+-]?[0-9][0-9.,]*+(?:[Ee][+-]|-(?:%(months)s)|\xe6\x9c\x88)|(?:%(months)s)-[0-9])" % {
    b"months": _MONTHS.encode()
}

# Whole rows as they nearly always are, one after the other: what this matches is right and needs no second look, and
# PostgreSQL's COPY reads it as it stands. It counts bytes, so that a long user ID in Japanese is left to `check`.
ROWS = re.compile(
    rb'(?>(?>U[0-9A-Za-z]{32}|"U[0-9A-Za-z]{32}"),'
    rb'(?>%(spoilt)s(?>%(first)s)[^",\r\n\0]{0,190}+%(end)s'
    rb'|"%(spoilt)s(?>%(first)s|"")(?>[^"\r\n\0]|""){0,190}+%(end)s")\r?\n)*+'
    % {b"spoilt": _SPOILT, b"first": _FIRST, b"end": _END}
)
_BOM, _UTF_16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


def error_in_beginning(data: bytes) -> str | None:
    """Return why the file as a whole cannot be read, judged by its first bytes."""
    if not data:
        return "empty"
    if data.startswith(_BOM):
        return "bom"
    # Without a mark, UTF-16 shows by every other byte of a Latin header being zero.
    if data.startswith(_UTF_16) or (data[:4].count(0) == 2 and data[0] != data[1]):
        return "utf16"
    return None


def error_in_header(found: CsvRecord | RowError) -> RowError | None:
    """Return what is wrong with the first line, which is compared exactly."""
    if isinstance(found, RowError):
        return found
    value = shown(found.raw)
    names = tuple(field.decode(errors="replace") for field in found.fields)
    if names == HEADER:
        return None
    if names == HEADER[::-1]:
        code = "header_swapped"
    elif names[:2] == HEADER or set(HEADER) < set(names):
        code = "header_extra"
    elif found.is_blank:
        code = "header_blank"
    elif b"\0" in found.raw:
        code = "nul"
    elif not _decodes(found.raw):
        code = _encoding(found.raw)
    elif len(names) == 2 and (LINE_USER_ID.fullmatch(found.fields[0]) or names[0].startswith("dummy_")):
        code = "header_missing"
    else:
        code = "header_other"
    return RowError(found.line, code, value)


def values(record: CsvRecord) -> list[bytes]:
    """Return a record's values as they are stored: without blanks and invisible characters around them.

    An apostrophe that exports put before a formula is taken off, so that an export can be imported again.
    """
    return [_value(field) for field in record.fields]


def _value(field: bytes) -> bytes:
    try:
        return edges_trimmed(unguarded(edges_trimmed(field.decode()))).encode()
    except UnicodeDecodeError:
        return field


def check(record: CsvRecord) -> RowError | None:
    """Return what is wrong with a record, if anything is."""
    code = _error_in_bytes(record.raw) or _error_in_fields(values(record))
    return RowError(record.line, code, shown(record.raw)) if code else None


def _error_in_bytes(raw: bytes) -> str | None:
    if b"\0" in raw:
        return "nul"
    return None if _decodes(raw) else _encoding(raw)


def _error_in_fields(fields: list[bytes]) -> str | None:
    if len(fields) < 2:
        return "columns_missing"
    if len(fields) > 2:
        return "columns_extra"
    line_user_id, user_id = fields
    if LINE_USER_ID.fullmatch(line_user_id) is None:
        return "columns_swapped" if LINE_USER_ID.fullmatch(user_id) else _error_in_line_user_id(line_user_id)
    if not user_id:
        return "user_id_empty"
    return _error_in_user_id(user_id.decode())


def _error_in_user_id(value: str) -> str | None:
    if _ROUNDED.fullmatch(value):
        return "user_id_rounded"
    if _DATE.fullmatch(value):
        return "user_id_date"
    return "user_id_too_long" if len(value) > LONGEST_USER_ID else None


def _error_in_line_user_id(value: bytes) -> str:
    if not value:
        return "line_user_id_empty"
    if value.startswith(b"dummy_"):
        return "line_user_id_sample"
    if not value.startswith(b"U"):
        return "line_user_id_start"
    return "line_user_id_length" if len(value.decode()) != 33 else "line_user_id_letters"


def _decodes(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _encoding(raw: bytes) -> str:
    """Return the code for a file that is not UTF-8, most often the old encoding of Japanese Windows."""
    try:
        text = raw.decode("cp932")
    except UnicodeDecodeError:
        return "not_utf8"
    # The codec gives these to bytes that Shift_JIS does not have.
    return "not_utf8" if re.search("[\x80-\x9f\ue000-\uf8ff]", text) else "shift_jis"

"""The reader: what RFC 4180 says, the cases of a well-known suite of awkward files, and lines of what is no CSV."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.imports.id_links.pipeline.csv_reader import LONGEST, CsvRecord, RowError, records


def rows(content: bytes) -> list[list[str]]:
    """Everything in the file, which must hold no fault and no blank line."""
    found = list(records(content))
    assert all(isinstance(one, CsvRecord) for one in found), found
    return [[field.decode() for field in one.fields] for one in found]  # type: ignore[union-attr]


# The cases of csv-spectrum, written again: name, file, rows.
SPECTRUM = [
    ("comma_in_quotes", b'first,last,address\nJohn,Doe,"120 any st., Anytown, WW"\n',
     [["first", "last", "address"], ["John", "Doe", "120 any st., Anytown, WW"]]),
    ("empty", b'a,b,c\n1,"",""\n2,3,4\n', [["a", "b", "c"], ["1", "", ""], ["2", "3", "4"]]),
    ("empty_crlf", b'a,b,c\r\n1,"",""\r\n2,3,4\r\n', [["a", "b", "c"], ["1", "", ""], ["2", "3", "4"]]),
    ("escaped_quotes", b'a,b\n1,"ha ""ha"" ha"\n3,4\n', [["a", "b"], ["1", 'ha "ha" ha'], ["3", "4"]]),
    ("json", b'key,val\n1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}"\n',
     [["key", "val"], ["1", '{"type": "Point", "coordinates": [102.0, 0.5]}']]),
    ("location_coordinates", b'name,where\nhere,"37.4, 139.9 (""about"")"\n',
     [["name", "where"], ["here", '37.4, 139.9 ("about")']]),
    ("newlines", b'a,b,c\n1,2,3\n"Once upon \na time",5,6\n7,8,9\n',
     [["a", "b", "c"], ["1", "2", "3"], ["Once upon \na time", "5", "6"], ["7", "8", "9"]]),
    ("newlines_crlf", b'a,b,c\r\n1,2,3\r\n"Once upon \r\na time",5,6\r\n7,8,9\r\n',
     [["a", "b", "c"], ["1", "2", "3"], ["Once upon \r\na time", "5", "6"], ["7", "8", "9"]]),
    ("quotes_and_newlines", b'a,b\n1,"ha \n""ha"" \nha"\n3,4\n', [["a", "b"], ["1", 'ha \n"ha" \nha'], ["3", "4"]]),
    ("simple", b"a,b,c\n1,2,3", [["a", "b", "c"], ["1", "2", "3"]]),
    ("simple_crlf", b"a,b,c\r\n1,2,3\r\n", [["a", "b", "c"], ["1", "2", "3"]]),
    ("utf8", "a,b,c\n1,2,3\n4,5,ʤ\n".encode(), [["a", "b", "c"], ["1", "2", "3"], ["4", "5", "ʤ"]]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "wanted"), [case[1:] for case in SPECTRUM], ids=[case[0] for case in SPECTRUM])
def test_the_cases_of_csv_spectrum(content: bytes, wanted: list[list[str]]) -> None:
    assert rows(content) == wanted


def test_every_record_knows_its_line() -> None:
    content = b'a,b\n"x\ny\nz",1\n2,3\r\n"",4\n'
    assert [one.line for one in records(content)] == [1, 2, 5, 6]


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b'a,b\n1,"open\n2,3\n4,5', [(2, "unclosed_quote")]),
        (b'1,"a"b\n2,3\n', [(1, "after_quote")]),
        (b'1,a"b"\n2,3\n', [(1, "quote_inside")]),
        (b"1,2\r3,4\n5,6\n", [(1, "lone_return")]),
        (b"1," + b"x" * LONGEST + b"\n5,6\n", [(1, "line_too_long")]),
        (b'1,"' + b"x\n" * LONGEST + b'"\n5,6\n', [(1, "unclosed_quote")]),
    ],
)
def test_what_is_no_record_is_a_fault_of_one_line(content: bytes, wanted: list[tuple[int, str]]) -> None:
    found = list(records(content))
    faults = [(one.line, one.code) for one in found if isinstance(one, RowError)]
    assert faults[0] == wanted[0]
    good = [one for one in found if isinstance(one, CsvRecord)]
    assert good, "Reading goes on behind the fault."
    assert good[-1].line == content.count(b"\n") + (not content.endswith(b"\n"))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(st.text(max_size=8).filter(lambda text: "\x00" not in text), min_size=1, max_size=4), max_size=8)
)
def test_it_reads_what_others_write(table: list[list[str]]) -> None:
    try:
        [[cell.encode() for cell in row] for row in table]
    except UnicodeEncodeError:
        return
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(table)
    assert rows(buffer.getvalue().encode()) == table

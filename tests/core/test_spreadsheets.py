"""CSV that spreadsheets open rightly and never run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.spreadsheets import BOM, ROWS_PER_PIECE, cell, csv_pieces, guarded, in_one_cell, unguarded


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+81 90", "'+81 90"),
        ("-5", "'-5"),
        ("@sum", "'@sum"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1+1", "'＝1+1"),
        ("＋81", "'＋81"),
        ("－5", "'－5"),
        ("＠sum", "'＠sum"),
        ("  =1", "'  =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\u3000＝1", "'\u3000＝1"),
        ("\u200b\ufeff=1", "'\u200b\ufeff=1"),
        ("\u202a=1", "'\u202a=1"),
        (" a", " a"),
        ("a=1", "a=1"),
        ("", ""),
        (None, ""),
        (-5, -5),
        (1.5, "1.5"),
        (-1e-7, "-0.0000001"),
        (True, "True"),
    ],
)
def test_cells(value: object, written: object) -> None:
    assert cell(value) == written


def test_what_is_written_can_be_read_back(app: object) -> None:
    rows = [["田中, 太郎", 'says "hi"\nand more', None], ["=x", 1, ""]]
    text = "".join(csv_pieces(["名前", "b", " =c"], rows))

    assert text.startswith(BOM)
    read = list(csv.reader(io.StringIO(text.removeprefix(BOM), newline="")))
    assert read == [
        ["名前", "b", "' =c"],
        ["田中, 太郎", 'says "hi"\nand more', ""],
        ["'=x", "1", ""],
    ]


def test_a_long_table_comes_in_pieces_that_are_made_one_by_one(app: object) -> None:
    made = 0

    def rows() -> None:
        nonlocal made
        for number in range(10 * ROWS_PER_PIECE):
            made = number + 1
            yield [number]

    pieces = csv_pieces(["n"], rows())
    next(pieces)
    assert made == ROWS_PER_PIECE
    assert sum(piece.count("\r\n") for piece in pieces) == 9 * ROWS_PER_PIECE


def test_a_table_that_breaks_off_lacks_its_last_line(app: object) -> None:
    def rows() -> Iterator[list[int]]:
        yield from ([number] for number in range(3 * ROWS_PER_PIECE))
        raise ConnectionError

    pieces, came = csv_pieces(["n"], rows()), ""
    with pytest.raises(ConnectionError):
        for piece in pieces:
            came += piece
    assert came.count("\n") == 3 * ROWS_PER_PIECE + 1
    whole = "".join(csv_pieces(["n"], ([number] for number in range(3 * ROWS_PER_PIECE))))
    assert whole.splitlines()[-1] == str(3 * ROWS_PER_PIECE - 1)


def test_a_table_without_rows_is_its_header(app: object) -> None:
    assert list(csv_pieces(["a", "b"], [])) == [BOM + "a,b\r\n"]


def test_several_values_in_one_cell_stay_several() -> None:
    names = ["VIP", "Osaka, Umeda", 'say "hi"', "=x"]
    assert in_one_cell(names) == 'VIP, "Osaka, Umeda", "say ""hi""", =x'
    assert next(csv.reader([in_one_cell(names)], skipinitialspace=True)) == names


@given(st.text())
def test_a_guard_is_taken_off_as_it_was_put_on(value: str) -> None:
    assert unguarded(guarded(value)) == value
    assert not re.match(r"\s*[=+\-@＝＋－＠]", guarded(value))

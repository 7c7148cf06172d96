"""CSV that spreadsheets open rightly and never run."""

from __future__ import annotations

import csv
import io

import pytest

from app.core.spreadsheets import BOM, ROWS_PER_PIECE, cell, csv_pieces


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+81 90", "'+81 90"),
        ("-5", "'-5"),
        ("@sum", "'@sum"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("a=1", "a=1"),
        ("", ""),
        (None, ""),
        (-5, -5),
        (1.5, 1.5),
        (True, "True"),
    ],
)
def test_cells(value: object, written: object) -> None:
    assert cell(value) == written


def test_what_is_written_can_be_read_back() -> None:
    rows = [["田中, 太郎", 'says "hi"\nand more', None], ["=x", 1, ""]]
    text = "".join(csv_pieces(["名前", "b", "c"], rows))

    assert text.startswith(BOM)
    read = list(csv.reader(io.StringIO(text.removeprefix(BOM), newline="")))
    assert read == [["名前", "b", "c"], ["田中, 太郎", 'says "hi"\nand more', ""], ["'=x", "1", ""]]


def test_a_long_table_comes_in_pieces_that_are_made_one_by_one() -> None:
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


def test_a_table_without_rows_is_its_header() -> None:
    assert list(csv_pieces(["a", "b"], [])) == [BOM + "a,b\r\n"]

"""Numbers: what is read as which one, and what is refused with an example."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core import i18n
from app.core.values.errors import WrongValue
from app.core.values.numbers import read_number, spelled, typed_whole_number


@pytest.mark.parametrize(
    ("typed", "number"), [("３", 3), ("－３０", -30), ("１，０００", 1000), ("3.5", None), ("three", None), ("", None)]
)
def test_whole_numbers_of_fields_are_typed_in_any_width(app: Flask, typed: str, number: int | None) -> None:
    assert typed_whole_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0", 0),
        (" 12 ", 12),
        ("1,234", 1234),
        ("12,345,678.25", 12345678.25),
        ("１，２３４．５", 1234.5),
        ("−5", -5),
        ("－５", -5),
        ("ー5", -5),
        ("+5", 5),
        ("\u200e-1.50\ufeff", -1.5),
        (".5", 0.5),
        ("007", 7),
        ("-0", 0),
        ("0.0004", 0.0004),
        ("0.30000000000000004", 0.1 + 0.2),
        ("1,000,000,000,000,000", 10**15),
    ],
)
def test_what_is_a_number(app: Flask, typed: str, number: float) -> None:
    read = read_number(typed)
    assert (read, type(read)) == (number, type(number))


@pytest.mark.parametrize(
    "typed",
    [
        *("1,5", "9,99", "1,2345", "1234,567", "1,234,56", "0,123", "1,,000", ",123", "1,234,"),
        *("1.234,56", "1_000", "- 5", "1 000", "1e3", "1E-3", "5.", "1.2.3", "0x10", "٣", "²½", "many", "--5", "-"),
        *("NaN", "nan", "Infinity", "-inf"),
        *("5²", "1₀", "①", "1②"),
    ],
)
def test_what_is_refused_with_an_example(app: Flask, typed: str) -> None:
    with pytest.raises(WrongValue) as refusal:
        read_number(typed)
    assert "1,234.5" in refusal.value.message


@pytest.mark.parametrize("typed", ["0.1234567890123456789", "123456789012345.678", "0." + "0" * 400 + "1"])
def test_a_number_that_would_be_stored_as_another_one_is_refused(app: Flask, typed: str) -> None:
    with pytest.raises(WrongValue, match="too many digits"):
        read_number(typed)


def test_a_number_beyond_the_limit_is_too_large(app: Flask) -> None:
    with pytest.raises(WrongValue, match="too large"):
        read_number("1,000,000,000,000,000.1")
    with pytest.raises(WrongValue, match="too large"):
        read_number("9" * 5000)


@pytest.mark.parametrize("number", [0, -3, 10**15, 0.1, 0.1 + 0.2, 1e-9, 1e-7, -2.25, 5e-324])
def test_what_is_spelled_is_read_as_the_same_number(app: Flask, number: float) -> None:
    assert "e" not in spelled(number)
    assert read_number(spelled(number)) == number


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0.0004, "0.0004"), (1e-9, "0.000000001"), (1234.5, "1,234.5"), (0.1 + 0.2, "0.30000000000000004"), (5.0, "5")],
)
def test_a_shown_number_is_the_stored_one(app: Flask, number: float, shown: str) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        assert i18n.number(number) == shown

"""Phone numbers: what is accepted, how it is stored, and which numbers are the same."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.db import db
from app.core.values import phones
from app.core.values.errors import WrongValue
from app.team.models import Workspace


@pytest.mark.parametrize("dash", [*"\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\uff70・\uff65\uff0d\ufe63-"])
def test_every_dash_is_a_hyphen(app: Flask, dash: str) -> None:
    assert phones.read_phone(f"０９０{dash}1234{dash}５６７８") == "090-1234-5678"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("090\u00a01234\u30005678", "090 1234 5678"),
        ("\u202a090-1234-5678\u202c\ufeff", "090-1234-5678"),
        (" +81 (0)90.1234.5678 ", "+81 (0)90.1234.5678"),
        ("（03）1234－5678", "(03)1234-5678"),
        ("0120/123/456", "0120/123/456"),
    ],
)
def test_what_is_stored_is_plain(app: Flask, typed: str, stored: str) -> None:
    assert phones.read_phone(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "call me",
        "110",
        "090²1234567",
        "090-1",
        "0312",
        "090-1234-567890123456",
        "+999 12345678",
        "090-1234-5678 ext 3",
        "---",
    ],
)
def test_what_cannot_be_a_number_is_refused(app: Flask, typed: str) -> None:
    with pytest.raises(WrongValue, match="090-1234-5678"):
        phones.read_phone(typed)


@pytest.mark.parametrize(
    "typed", ["090-1234-5678", "+81 90 1234 5678", "+81 (0)90-1234-5678", "+819012345678", "０９０（１２３４）５６７８"]
)
def test_the_same_number_has_one_normal_form(app: Flask, typed: str) -> None:
    assert phones.normal(typed) == "+819012345678"


def test_a_number_without_a_country_code_belongs_to_the_workspace_s_country(app: Flask) -> None:
    db.session.merge(Workspace(id=1, country="US"))
    db.session.commit()
    assert phones.normal("(415) 555-2671") == phones.normal("+1 415 555 2671") == "+14155552671"
    assert phones.normal("+81 90-1234-5678") == "+819012345678"


def test_what_cannot_be_a_number_is_compared_by_its_digits(app: Flask) -> None:
    assert (phones.normal("ext. 0-12"), phones.normal("none")) == ("012", "")


@pytest.mark.parametrize(
    ("part", "digits"),
    [
        ("090-12", ["09012", "819012"]),
        ("+81 90", ["8190"]),
        ("+81 (0)90", ["8190"]),
        ("1234-5678", ["12345678"]),
        ("０３", ["03", "813"]),
    ],
)
def test_what_a_part_may_be_in_the_normal_form(app: Flask, part: str, digits: list[str]) -> None:
    assert phones.spellings(part) == digits
    assert phones.read_part(part)


@pytest.mark.parametrize("part", ["", "abc", "-", "09a"])
def test_a_part_without_digits_is_refused(app: Flask, part: str) -> None:
    with pytest.raises(WrongValue):
        phones.read_part(part)

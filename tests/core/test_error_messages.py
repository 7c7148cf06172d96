"""Reasons are stored as codes with values and put into words when someone looks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.core import error_messages


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    with error_messages.SENTENCES.restored():
        error_messages.register({"test.wait": "Wait %(minutes)s minutes.", "test.full": "It is 100 % full."})
        yield


def test_a_code_becomes_a_sentence_with_its_values(app: Flask) -> None:
    assert error_messages.sentence("test.wait", {"minutes": 5}) == "Wait 5 minutes."


def test_a_sentence_without_values_is_left_alone(app: Flask) -> None:
    assert error_messages.sentence("test.full") == "It is 100 % full."


def test_a_value_is_said_as_its_name_demands(app: Flask) -> None:
    with error_messages.VALUES.restored():
        error_messages.VALUES.add("minutes", lambda value: f"a few (less than {value})")
        assert error_messages.sentence("test.wait", {"minutes": 5}) == "Wait a few (less than 5) minutes."


def test_an_unknown_code_is_shown_as_it_is(app: Flask) -> None:
    assert error_messages.sentence("from.the.future") == "The reason given was: from.the.future"


def test_no_reason_is_no_sentence(app: Flask) -> None:
    assert error_messages.sentence(None) == ""

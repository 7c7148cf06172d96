"""An answer that several parts of a page need."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.core.asked_once import asked_once


@pytest.fixture
def ask() -> Callable[[], int]:
    """Return how often the question was asked."""
    numbers: Iterator[int] = iter(range(1, 10))
    return lambda: next(numbers)


def test_a_request_that_shows_asks_once_and_the_next_one_again(app: Flask, ask: Callable[[], int]) -> None:
    for expected in (1, 2):
        with app.app_context(), app.test_request_context("/"):
            assert [asked_once("how many", ask) for _part in range(3)] == [expected] * 3


def test_each_question_has_its_own_answer(app: Flask, ask: Callable[[], int]) -> None:
    with app.app_context(), app.test_request_context("/"):
        assert [asked_once(question, ask) for question in ("a", ("b", None), "a")] == [1, 2, 1]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_request_that_changes_something_asks_each_time(app: Flask, ask: Callable[[], int], method: str) -> None:
    with app.app_context(), app.test_request_context("/", method=method):
        assert [asked_once("how many", ask) for _part in range(2)] == [1, 2]


def test_work_outside_of_requests_asks_each_time(app: Flask, ask: Callable[[], int]) -> None:
    assert [asked_once("how many", ask) for _part in range(2)] == [1, 2]

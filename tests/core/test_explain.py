"""Plans that PostgreSQL is asked for: each has the parameters of its own query, also where it was compiled before."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Integer, Select, column, func, select

from app.core.db.explain import cheaper, plan_of

pytestmark = pytest.mark.usefixtures("app")


def series(number: int) -> Select[Any]:
    return select(column("one", Integer)).select_from(func.generate_series(1, number).alias("one"))


def test_a_plan_is_of_the_parameters_that_are_given() -> None:
    assert [plan_of(series(number)).rows for number in (10, 5_000, 10)] == [10, 5_000, 10]


def test_the_cheaper_query_is_chosen_whichever_was_compiled_first() -> None:
    few, many = series(10), series(100_000)
    assert cheaper([many, few]) is few
    assert cheaper([few, many]) is few

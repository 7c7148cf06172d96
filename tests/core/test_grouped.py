"""Calls of many threads are answered by one statement, each with its own answer or the error of its group."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.db.grouped import Grouped


def test_those_who_wait_share_the_next_call() -> None:
    begun, go_on = threading.Event(), threading.Event()
    groups: list[Sequence[int]] = []

    def double(asked: Sequence[int]) -> list[int]:
        groups.append(asked)
        begun.set()
        assert go_on.wait(10)
        return [2 * one for one in asked]

    group = Grouped(double)
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(group.ask, 0)
        assert begun.wait(10)
        rest = [threads.submit(group.ask, number) for number in range(1, 6)]
        while len(group._waiting) < 5:
            pass
        go_on.set()
        assert [first.result(10), *(one.result(10) for one in rest)] == [0, 2, 4, 6, 8, 10]
    assert [len(one) for one in groups] == [1, 5]


def test_an_error_reaches_its_group_and_not_the_next() -> None:
    def refuse_negative(asked: Sequence[int]) -> list[int]:
        if min(asked) < 0:
            raise ValueError(asked)
        return list(asked)

    group = Grouped(refuse_negative)
    with pytest.raises(ValueError, match="-1"):
        group.ask(-1)
    assert group.ask(1) == 1

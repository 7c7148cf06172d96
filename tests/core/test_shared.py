"""Threads that share a FROM clause find all of its columns, whichever searches first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Alias, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.base import WriteableColumnCollection

from app.core.db import shared
from app.messages.broadcasts.models import Broadcast


@pytest.fixture
def first_columns(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Let an index of columns stop after its first one: an event that it has, and one by which it goes on."""
    stopped, goes_on = threading.Event(), threading.Event()
    whole = WriteableColumnCollection._init_proxy_index

    def slow(self: Any) -> None:
        if self._proxy_index or threading.current_thread() is threading.main_thread():
            return whole(self)
        _name, _key, metrics = self._collection[0]
        for column in metrics.column._expanded_proxy_set:
            self._proxy_index[column].add(metrics)
        stopped.set()
        goes_on.wait(10)
        return None

    monkeypatch.setattr(WriteableColumnCollection, "_init_proxy_index", slow)
    yield stopped, goes_on
    goes_on.set()


def begun() -> Alias:
    return Broadcast.__table__.alias("begun")  # type: ignore[no-any-return]


@pytest.mark.filterwarnings("ignore:Did not locate")
@pytest.mark.parametrize(
    ("made", "expected"), [(lambda: shared(begun()), "begun.started_at"), (begun, "broadcasts.started_at")]
)
def test_a_second_thread_finds_columns_while_the_first_one_searches(
    first_columns: tuple[threading.Event, threading.Event], made: Callable[[], Alias], expected: str
) -> None:
    stopped, goes_on = first_columns
    of_threads = aliased(Broadcast, made())
    first = threading.Thread(target=lambda: select(of_threads.id))
    first.start()
    stopped.wait(1)
    found = str(select(of_threads.started_at)).split()[1]
    goes_on.set()
    first.join()
    assert found == expected

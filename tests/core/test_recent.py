"""Values that threads share for seconds are made once, however many ask."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core import recent
from app.core.recent import Recent


def test_a_value_is_made_once_for_all_who_ask_at_that_time() -> None:
    kept: Recent[str, int] = Recent(60, 10)
    made: list[int] = []
    begun, goes_on = threading.Event(), threading.Event()

    def make() -> int:
        made.append(1)
        begun.set()
        goes_on.wait(5)
        return 7

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(kept.made, "key", make)
        begun.wait(5)
        others = [pool.submit(kept.made, "key", make) for _ in range(2)]
        other_key = kept.made("other", lambda: 8)
        goes_on.set()
        assert [one.result(5) for one in (first, *others)] == [7, 7, 7]
    assert made == [1] and other_key == 8


def test_what_could_not_be_made_is_tried_by_the_next() -> None:
    kept: Recent[str, int] = Recent(60, 10)

    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept.made("key", fail)
    assert kept.made("key", lambda: 7) == 7


def test_only_missing_values_are_made_and_what_cannot_be_made_is_left_out() -> None:
    kept: Recent[int, str] = Recent(60, 10)
    asked: list[Sequence[int]] = []

    def make(keys: Sequence[int]) -> dict[int, str]:
        asked.append(keys)
        return {key: str(key) for key in keys if key != 3}

    assert kept.all_made([1, 2], make) == {1: "1", 2: "2"}
    assert kept.all_made([1, 2], make) == {1: "1", 2: "2"}
    assert kept.all_made([2, 3, 4], make) == {2: "2", 4: "4"}
    assert asked == [[1, 2], [3, 4]]


def test_values_are_forgotten_after_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 0.0
    monkeypatch.setattr(recent, "monotonic", lambda: moment)
    kept: Recent[int, int] = Recent(5, 10)
    kept.put(1, 1)
    moment = 6
    assert kept.get(1) == 1
    moment = 12
    assert kept.get(1) is None


def test_the_keys_are_known_until_their_values_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 100.0
    monkeypatch.setattr(recent, "monotonic", lambda: moment)
    kept: Recent[str, bool] = Recent(3, 10)
    kept.put("first", True)
    moment = 104.0
    assert kept.get("second") is None
    kept.put("second", True)
    assert kept.known() == {"second", "first"}
    moment = 108.0
    assert kept.known() == {"second"}
    moment = 120.0
    assert kept.known() == set()

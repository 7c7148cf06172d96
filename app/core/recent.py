"""What was made in the last seconds and can be used again, for all threads of this process."""

from __future__ import annotations

from collections.abc import Hashable
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Values by a key that says all that they depend on; each is forgotten after `seconds` to twice as many.

    Two halves take turns, so that nothing is looked through; when one is full, the older half goes early.
    """

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds, self._most = seconds, most
        self._young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}
        self._turn = monotonic() + seconds

    def get(self, key: Key) -> Value | None:
        """Return the value; None where there is none."""
        if monotonic() >= self._turn:
            self._begin()
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def put(self, key: Key, value: Value) -> None:
        """Keep a value."""
        if len(self._young) >= self._most:
            self._begin()
        self._young[key] = value

    def _begin(self) -> None:
        # After a pause the young half is too old as well.
        is_late = monotonic() >= self._turn + self._seconds
        self._old, self._young = ({} if is_late else self._young), {}
        self._turn = monotonic() + self._seconds

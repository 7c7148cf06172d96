"""What was made in the last seconds and can be used again, for all threads of this process."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from threading import Lock
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
        self._lock, self._making = Lock(), Lock()
        # By the keys whose values are being made one by one.
        self._turns: dict[Key, Lock] = {}

    def get(self, key: Key) -> Value | None:
        """Return the value; None where there is none."""
        if monotonic() >= self._turn:
            self._begin()
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def known(self) -> set[Key]:
        """Return the keys whose values are known."""
        if monotonic() >= self._turn:
            self._begin()
        # Other threads may put values: each half is copied at once.
        return {*list(self._old), *list(self._young)}

    def made(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return the value; where there is none, one thread makes it and others that ask for it at that time wait.

        `make` must not ask for a value of the same key. What it raises is raised for its own thread alone.
        """
        found = self.get(key)
        if found is not None:
            return found
        with self._lock:
            turn = self._turns.setdefault(key, Lock())
        with turn:
            try:
                return self._made_now(key, make)
            finally:
                self._turns.pop(key, None)

    def _made_now(self, key: Key, make: Callable[[], Value]) -> Value:
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found)
        return found

    def all_made(self, keys: Collection[Key], make: Callable[[Sequence[Key]], Mapping[Key, Value]]) -> dict[Key, Value]:
        """Return the values of many keys, of all that can be made; one thread at a time makes what is missing."""
        found = self._known(keys)
        if len(found) < len(keys):
            with self._making:
                found = self._known(keys)
                if missing := [key for key in keys if key not in found]:
                    made = make(missing)
                    for key, value in made.items():
                        self.put(key, value)
                    found |= made
        return found

    def _known(self, keys: Collection[Key]) -> dict[Key, Value]:
        return {key: value for key in keys if (value := self.get(key)) is not None}

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

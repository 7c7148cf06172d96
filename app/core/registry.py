"""A typed registry: upper layers add named items that lower layers offer without importing them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


class Registry(Mapping[str, Item]):
    """Items by name, in the order in which they were added.

    `what` names the kind of item in errors. Reading works as with any mapping.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self._items: dict[str, Item] = {}

    def add(self, name: str, item: Item) -> Item:
        """Add an item under a new name; raises ValueError when the name is taken by another item."""
        if self._items.get(name, item) is not item:
            raise ValueError(f"{self.what} “{name}” is registered twice.")
        self._items[name] = item
        return item

    def add_all(self, items: Mapping[str, Item]) -> None:
        """Add several items; raises ValueError as `add` does."""
        for name, item in items.items():
            self.add(name, item)

    @contextmanager
    def restored(self, *without: str) -> Iterator[None]:
        """Undo at the end what is added inside the block; names in `without` are taken out for its duration."""
        before = dict(self._items)
        for name in without:
            self._items.pop(name, None)
        try:
            yield
        finally:
            self._items = before

    def reset(self) -> None:
        """Remove every item."""
        self._items.clear()

    def __getitem__(self, name: str) -> Item:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

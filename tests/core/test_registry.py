"""Registries keep their order, refuse duplicates, and can be listed and reset."""

from __future__ import annotations

import pytest

from app.core.registry import Registry


def test_items_are_listed_in_the_order_of_adding() -> None:
    registry: Registry[int] = Registry("number")
    registry.add_all({"two": 2, "one": 1})
    assert list(registry.items()) == [("two", 2), ("one", 1)]
    assert registry.get("three") is None


def test_a_taken_name_is_refused_with_what_and_name() -> None:
    registry: Registry[int] = Registry("number")
    registry.add("one", 1)
    registry.add("one", 1)
    with pytest.raises(ValueError, match="number “one” is registered twice"):
        registry.add("one", 11)
    assert registry["one"] == 1


def test_what_is_added_inside_a_block_is_gone_after_it() -> None:
    registry: Registry[int] = Registry("number")
    registry.add("one", 1)
    with registry.restored("one"):
        registry.add("one", 11)
        registry.add("two", 2)
        assert dict(registry) == {"one": 11, "two": 2}
    assert dict(registry) == {"one": 1}


def test_a_reset_registry_is_empty() -> None:
    registry: Registry[int] = Registry("number")
    registry.add("one", 1)
    registry.reset()
    assert len(registry) == 0

"""What the conventions have read is let go after them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conventions.source import tree_of


@pytest.fixture(scope="package", autouse=True)
def trees() -> Iterator[None]:
    """Syntax trees of all files are millions of objects, through which Python's collector would go again and again."""
    yield
    tree_of.cache_clear()

"""A data directory of its own for each test, with everything gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded import servers


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A directory whose servers are stopped and erased when the test is over."""
    directory = tmp_path / "data"
    yield directory
    servers.erase(directory)

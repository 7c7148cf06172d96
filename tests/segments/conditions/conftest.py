"""What tests of conditions share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.line.models import Account
from app.segments.conditions import properties
from tests.factories import line


@pytest.fixture
def place(app: Any) -> Account:
    """A LINE Official Account."""
    return line.account()


@pytest.fixture
def registry() -> Iterator[None]:
    """Properties that a test registers are forgotten afterwards."""
    providers, vanished = list(properties._providers), dict(properties._vanished)
    yield
    properties._providers[:] = providers
    properties._vanished.clear()
    properties._vanished.update(vanished)

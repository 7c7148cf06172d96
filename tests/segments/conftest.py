"""What tests of segments share."""

from __future__ import annotations

from typing import Any

import pytest

from app.line.models import Account
from tests.factories import line


@pytest.fixture
def place(app: Any) -> Account:
    """A LINE Official Account."""
    return line.account()

"""What tests of segments share."""

from __future__ import annotations

from typing import Any

import pytest

from app.line.models import Account
from app.segments.queries import preview as previews
from tests.factories import line


@pytest.fixture
def place(app: Any) -> Account:
    """A LINE Official Account."""
    return line.account()


@pytest.fixture(autouse=True)
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first answer of a preview come with all of it also where the machine is busy."""
    for name in ("FIRST_SECONDS", "FRIENDS_SECONDS", "SAMPLE_SECONDS"):
        monkeypatch.setattr(previews, name, getattr(previews, name) * 30)

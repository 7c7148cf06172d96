"""What tests of conditions share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from app.core.db import db
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
    with properties.PROVIDERS.restored(), properties.VANISHED.restored():
        yield


@pytest.fixture
def statements(app: Any) -> Iterator[list[str]]:
    """What PostgreSQL is asked while the test runs."""
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)

"""Refuse changes of rows whose number the planner could multiply."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Engine, event

# A change of the rows that a limited selection finds, as `IN (SELECT … LIMIT …)`.
_ONCE = r"(?:(?!\bARRAY\b).)*"
_REPEATABLE = re.compile(rf"\s*(UPDATE|DELETE)\b{_ONCE}\bIN\s*\(SELECT\b{_ONCE}\bLIMIT\b", re.IGNORECASE | re.DOTALL)


def is_repeatable(statement: str) -> bool:
    """Say whether PostgreSQL may run the limited selection of this change more than once (see `selected_once`)."""
    return _REPEATABLE.match(statement) is not None


def refuse() -> None:
    """Fail every such statement of the test process."""
    event.listen(Engine, "before_cursor_execute", _check)


def _check(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    assert not is_repeatable(statement), f"Select the rows once, with app.core.db.selected_once:\n{statement}"

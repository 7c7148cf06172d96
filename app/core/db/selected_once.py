"""Compare a column with rows that are selected exactly once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, any_, func
from sqlalchemy.sql import ColumnElement


def selected_once(rows: Select[Any]) -> ColumnElement[Any]:
    """Return `ANY (ARRAY (SELECT …))`, to be compared with a column: `Model.id == selected_once(some)`.

    `IN (SELECT … LIMIT n)` may be planned as the inner side of a nested loop. PostgreSQL then selects again for each
    row, each time the next n rows where FOR UPDATE SKIP LOCKED or a change of the rows is part of it, so that a batch
    has no bound. An array is built before the rest of the statement runs.
    """
    return any_(func.array(rows.scalar_subquery()))

"""Bringing every stored secret under the newest encryption key, so that an old key can be taken away.

Columns are found by their type, so a table that is added later is included without anybody thinking of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, LargeBinary, Row, Table, or_, select, tuple_, type_coerce, update

from app.core.db import db
from app.core.secrets import Encrypted, UnreadableSecret, is_current, rotate

BATCH = 500


@dataclass
class Rotation:
    """What became of the secrets: counts of values, and where those are that no key opens."""

    rotated: int = 0
    current: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate_all() -> Rotation:
    """Re-encrypt every secret that is not under the newest key, a batch a transaction; may be run again at any time."""
    result = Rotation()
    for table, columns in encrypted_columns().items():
        last: Sequence[Any] | None = None
        while rows := _batch(table, columns, last):
            for row in rows:
                _rotate_row(table, columns, row, result)
            db.session.commit()
            last = tuple(rows[-1][: len(table.primary_key.columns)])
    return result


def encrypted_columns() -> dict[Table, list[Column[Any]]]:
    """Return the tables that hold secrets, with the columns that do."""
    found = {
        table: [column for column in table.columns if isinstance(column.type, Encrypted)]
        for table in db.metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


def _batch(table: Table, columns: list[Column[Any]], last: Sequence[Any] | None) -> Sequence[Row[Any]]:
    key = list(table.primary_key.columns)
    query = select(*key, *(type_coerce(column, LargeBinary) for column in columns))
    query = query.where(or_(*(column.is_not(None) for column in columns))).order_by(*key).limit(BATCH)
    if last is not None:
        query = query.where(tuple_(*key) > tuple_(*last))
    return db.session.execute(query).all()


def _rotate_row(table: Table, columns: list[Column[Any]], row: Row[Any], result: Rotation) -> None:
    key = list(table.primary_key.columns)
    where = [column == value for column, value in zip(key, row, strict=False)]
    for column, stored in zip(columns, row[len(key) :], strict=True):
        if stored is None:
            continue
        if is_current(stored):
            result.current += 1
            continue
        try:
            fresh = rotate(stored)
        except UnreadableSecret:
            place = ", ".join(str(value) for value in row[: len(key)])
            result.unreadable.append(f"{table.name}.{column.name} of row {place}")
            continue
        # A secret that was written in between uses the newest key already, and stays.
        unchanged = type_coerce(column, LargeBinary) == stored
        values = {column: type_coerce(fresh, LargeBinary)}
        db.session.execute(update(table).where(*where, unchanged).values(values))
        result.rotated += 1

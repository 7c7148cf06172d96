"""Rows of a query one after the other from a cursor in the database, as plain tuples and in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select

from app.core.db import Prefixed

ROWS_AT_ONCE = 5_000
_FETCH = f"FETCH FORWARD {ROWS_AT_ONCE} FROM streamed"


def stream(connection: Connection, query: Select[Any]) -> Iterator[Any]:
    """Yield the rows, as the driver makes them: dressing up millions of rows costs more than finding them.

    One at a time for each transaction.
    """
    connection.execute(Prefixed("DECLARE streamed NO SCROLL CURSOR FOR", query))
    driver: Any = connection.connection.driver_connection
    with driver.cursor(binary=True) as cursor:
        while rows := cursor.execute(_FETCH, prepare=False).fetchall():
            yield from rows

"""Rows of a query one after the other from a cursor in the database, as plain tuples and in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Executable, Select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

ROWS_AT_ONCE = 5_000
_FETCH = f"FETCH FORWARD {ROWS_AT_ONCE} FROM streamed"


class _Declare(Executable, ClauseElement):
    """A cursor on a query, with its parameters."""

    inherit_cache = False

    def __init__(self, query: Select[Any]) -> None:
        self.query = query


@compiles(_Declare)
def _write(element: _Declare, compiler: SQLCompiler, **options: Any) -> str:
    return "DECLARE streamed NO SCROLL CURSOR FOR " + compiler.process(element.query, **options)


def stream(connection: Connection, query: Select[Any]) -> Iterator[Any]:
    """The rows, as the driver makes them: dressing up millions of rows costs more than finding them.

    One at a time for each transaction.
    """
    connection.execute(_Declare(query))
    driver: Any = connection.connection.driver_connection
    with driver.cursor(binary=True) as cursor:
        while rows := cursor.execute(_FETCH, prepare=False).fetchall():
            yield from rows

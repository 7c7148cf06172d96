"""Run queries for a limited time; what takes longer is left to a worker."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from psycopg.errors import QueryCanceled
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from app.core.db import db, tune_for_heavy_query

Found = TypeVar("Found")
# A limit that is off by less than this need not be set again.
TOLERANCE = 0.02


class OutOfTime(Exception):
    """The time is up before the answer is there."""


class Superseded(Exception):
    """The query was cancelled, since its answer is not needed any more."""


class Budget:
    """Seconds for one or more queries together."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, never less than none."""
        return max(0.0, self._until - time.monotonic())

    def ask(self, question: Callable[[], Found]) -> Found:
        """Return the answer; raises OutOfTime or Superseded. A savepoint undoes the limits and what failed."""
        if self.left <= 0:
            raise OutOfTime
        attempt = db.session.begin_nested()
        try:
            with self._limiting(db.session.connection()):
                return question()
        except (OperationalError, QueryCanceled) as error:
            if not isinstance(getattr(error, "orig", error), QueryCanceled):
                raise
            raise (Superseded if self.left > 0 else OutOfTime) from error
        finally:
            if attempt.is_active:
                attempt.rollback()

    @contextmanager
    def _limiting(self, connection: Connection) -> Iterator[None]:
        """Each statement may take what those before it have left; PostgreSQL itself limits single ones only."""
        tune_for_heavy_query(connection)
        limit = math.inf

        def renew(connection: Connection, *_statement: Any) -> None:
            nonlocal limit
            left = self.left
            if left <= 0:
                raise OutOfTime
            if left < limit - TOLERANCE:
                limit = left
                # Rounded up, so that whatever is cut off by it is cut off after the time.
                raw = connection.connection.driver_connection
                raw.execute(_LIMIT, [f"{math.ceil(left * 1000)}ms"])  # type: ignore[union-attr]

        event.listen(connection, "before_cursor_execute", renew)
        try:
            yield
        finally:
            event.remove(connection, "before_cursor_execute", renew)


_LIMIT = "SELECT set_config('statement_timeout', %s, true)"

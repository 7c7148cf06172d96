"""Queries that are given so much time and no more; what takes longer is left to somebody who can wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.core.db import db

Found = TypeVar("Found")
CANCELLED = "57014"
# Tags of half a million friends fit; a hash that does not would be looked up row by row from a list.
WORK_MEMORY = "96MB"


class OutOfTime(Exception):
    """The time is up before the answer is there."""


class Superseded(Exception):
    """Somebody has cancelled the query, since its answer is of no use any more."""


class Budget:
    """Seconds for one or more queries together."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, never less than none."""
        return max(0.0, self._until - time.monotonic())

    def ask(self, question: Callable[[], Found]) -> Found:
        """The answer; raises OutOfTime or Superseded. A savepoint undoes the limits and what failed."""
        milliseconds = int(self.left * 1000)
        if milliseconds < 1:
            raise OutOfTime
        attempt = db.session.begin_nested()
        try:
            db.session.execute(_LIMITS, {"time": f"{milliseconds}ms", "memory": WORK_MEMORY})
            return question()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != CANCELLED:
                raise
            raise (Superseded if self.left > 0 else OutOfTime) from error
        finally:
            if attempt.is_active:
                attempt.rollback()


_LIMITS = text("SELECT set_config('statement_timeout', :time, true), set_config('work_mem', :memory, true)")

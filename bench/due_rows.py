"""Claiming and finishing 100,000 due rows among 2,000,000 waiting beside a hand-written SKIP LOCKED loop.

The reference does the same over the bare driver: it claims a batch by lease, commits, marks it done, commits. A sweep
over two million rows of which none is due must cost less than 5 ms.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from app.core.db import db
from app.core.db.base import TYPES
from app.core.due.claims import Claim
from app.core.due.models import Due, due_index
from app.core.due.process import process
from app.core.due.registry import DueKind
from app.core.due.sweep import sweep_kind
from bench.harness import Result, alternate, installation, milliseconds

WAITING = 2_000_000
DUE = 100_000
BATCH = 1_000
ROUNDS = 5
SWEEPS = 50
SWEEP_LIMIT_MS = 5.0


class Base(DeclarativeBase):
    """Apart from the program's tables."""

    registry = registry(type_annotation_map=TYPES)


class Waiting(Due, Base):
    """A row such as a delay in a workflow."""

    __tablename__ = "bench_waiting"
    __table_args__ = (due_index("bench_waiting"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    friend_id: Mapped[int]


KIND = DueKind("bench.waiting", Waiting, wake=lambda: None, columns=(Waiting.friend_id,), batch=BATCH)
_FILL = text("""
    INSERT INTO bench_waiting (due_at, friend_id)
    SELECT now() + interval '1 day' + n % 1000000 * interval '1 second', n
    FROM generate_series(1, CAST(:rows AS bigint)) AS n
""")
_MAKE_DUE = text("""
    UPDATE bench_waiting SET due_at = now() - id % 1000 * interval '1 second', attempts = 0, leased_until = NULL
    WHERE id % CAST(:step AS bigint) = 0
""")
_CLAIM = """
    WITH found AS MATERIALIZED (
        SELECT id FROM bench_waiting
        WHERE due_at <= statement_timestamp() AND (leased_until IS NULL OR leased_until < statement_timestamp())
        ORDER BY due_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE bench_waiting row SET leased_until = statement_timestamp() + interval '2 minutes', attempts = attempts + 1
    FROM found WHERE row.id = found.id
    RETURNING row.id, row.attempts, row.leased_until, row.due_at, row.friend_id
"""
_FINISH = """
    UPDATE bench_waiting SET due_at = NULL, attempts = 0, reason = NULL, leased_until = NULL
    WHERE id = ANY(%s) AND leased_until = %s
"""


def run(waiting: int = WAITING, due: int = DUE) -> list[Result]:
    """Measure rows a second against the loop, and what an idle sweep takes."""
    with installation("due_rows") as place, place.app.app_context():
        with db.engine.begin() as connection:
            Base.metadata.create_all(connection)
            connection.execute(_FILL, {"rows": waiting})
        _vacuum()
        idle = median(milliseconds(lambda: sweep_kind(KIND)) for _ in range(SWEEPS))
        step = waiting // due
        value, reference = alternate(lambda: _rate(ours, step, due), lambda: _rate(by_hand, step, due), rounds=ROUNDS)
    return [
        Result("due_rows", value, "rows/s", reference, "higher", due),
        Result("due_rows.idle_sweep", idle, "ms", SWEEP_LIMIT_MS, "lower", waiting),
    ]


def _rate(side: Any, step: int, due: int) -> float:
    """Make the rows due, and see how many a second are claimed and finished."""
    with db.engine.begin() as connection:
        connection.execute(_MAKE_DUE, {"step": step})
    _vacuum()
    begin = perf_counter()
    handled = side()
    seconds = perf_counter() - begin
    if handled < due:
        raise AssertionError(f"{side.__name__} handled {handled} of {due} rows.")
    return float(handled / seconds)


def ours() -> int:
    """Process the rows as an actor does, again and again as it is woken."""
    handled = 0
    while done := process(KIND, _finish, again=lambda: None):
        handled += done
    return handled


def _finish(claimed: Claim) -> None:
    claimed.done()


def by_hand() -> int:
    """Run the loop that one would write with nothing but the driver."""
    handled = 0
    with db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        while rows := driver.execute(_CLAIM, (BATCH,)).fetchall():
            driver.commit()
            driver.execute(_FINISH, ([row[0] for row in rows], rows[0][2]))
            driver.commit()
            handled += len(rows)
        driver.rollback()
    return handled


def _vacuum() -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE bench_waiting"))

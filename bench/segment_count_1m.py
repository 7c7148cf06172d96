"""Counting segments beside the best SQL that can be written by hand for the same question, and the live preview.

Each question is written by hand in every plausible way, and the fastest counts. Both sides have the same memory; ours
includes reading the definition, compiling it and asking PostgreSQL which way is cheaper. Of the preview the first
answer is measured, exact or estimated.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from statistics import median
from typing import Any

from sqlalchemy import Connection

from app.core.db import WORK_MEMORY, db
from app.core.db.time_budget import Budget
from app.segments.conditions.compiler import Compiled, compile_definition
from app.segments.conditions.definition import parse_stored
from app.segments.queries.counting import Numbers, count_members
from bench._previews import TARGET_MS, time_of_first_answer
from bench._segments import Case, cases, install
from bench.harness import Result, alternate, installation, milliseconds

# BENCH_SEGMENT_FRIENDS=100000 leaves out what is larger.
MOST_FRIENDS = int(os.environ.get("BENCH_SEGMENT_FRIENDS", "1000000"))
SIZES = [size for size in (10_000, 100_000, 1_000_000) if size <= MOST_FRIENDS]
ROUNDS = 7
MOST_SECONDS = 60


def run() -> list[Result]:
    """Measure every definition at every size, and the median of the ratios at the largest."""
    return [result for size in SIZES for result in _measure(size)]


def _measure(size: int) -> list[Result]:
    with installation("segment_count_1m") as place, place.app.app_context(), db.engine.connect() as connection:
        account_id, tags = install(connection, size)
        connection.exec_driver_sql(f"SET work_mem = '{WORK_MEMORY}'")
        found = [_results(connection, account_id, case, size) for case in cases(account_id, tags)]
    ratios = median(counts.value / counts.reference for counts, _ in found)
    name = f"segment_count_1m.median.{size}"
    return [*(one for pair in found for one in pair), Result(name, ratios, "ratio", 1, "lower", size)]


def _results(connection: Connection, account_id: int, case: Case, size: int) -> tuple[Result, Result]:
    reference = _fastest(connection, list(case.references(account_id)), _numbers(account_id, case.json))
    ours, by_hand, preview = alternate(
        lambda: _fresh(lambda: _numbers(account_id, case.json)),
        lambda: milliseconds(lambda: connection.exec_driver_sql(reference).all()),
        lambda: time_of_first_answer(account_id, case.json),
        rounds=ROUNDS,
    )
    return (
        Result(f"segment_count_1m.{case.name}.{size}", ours, "ms", by_hand, "lower", size),
        Result(f"segment_count_1m.preview_{case.name}.{size}", preview, "ms", TARGET_MS, "lower", size),
    )


def _fastest(connection: Connection, statements: list[str], expected: Numbers) -> str:
    """Find the statement that takes least time; each must give the answer that ours gives."""
    times = {}
    for statement in statements:
        escaped = statement.replace("%", "%%")
        row = connection.exec_driver_sql(escaped).one()
        if tuple(row) != (expected.friends, expected.reachable, expected.blocked):
            raise AssertionError(f"{tuple(row)} is not {expected}: {statement}")
        times[escaped] = min(milliseconds(lambda sql=escaped: connection.exec_driver_sql(sql).all()) for _ in range(3))  # type: ignore[misc]
    return min(times, key=lambda sql: times[sql])


def _fresh(action: Callable[[], object]) -> float:
    """Measure in a transaction of its own, as a request is."""
    db.session.rollback()
    return milliseconds(action)


def _compiled(account_id: int, raw: dict[str, Any]) -> Compiled:
    return compile_definition(parse_stored(account_id, [raw])[0].definition)


def _numbers(account_id: int, raw: dict[str, Any]) -> Numbers:
    compiled = _compiled(account_id, raw)
    return Budget(MOST_SECONDS).ask(lambda: count_members(compiled))

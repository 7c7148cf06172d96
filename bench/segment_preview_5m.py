"""The first answer of the live preview among five million friends, against 500 ms; and how far estimates are off.

`BENCH_PREVIEW_FRIENDS=1000000` measures a smaller account; its results bear that size.
"""

from __future__ import annotations

import os
from typing import Any

from app.core.db import db
from app.core.db.time_budget import Budget
from app.segments.conditions.compiler import compile_definition
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.properties import catalogue
from app.segments.queries.counting import count_members
from app.segments.queries.estimate import estimate
from bench._previews import TARGET_MS, time_of_first_answer
from bench._segments import Case, cases, install
from bench.harness import Result, alternate, installation

FRIENDS = int(os.environ.get("BENCH_PREVIEW_FRIENDS", "5000000"))
ROUNDS = 5
SAMPLE_SECONDS, EXACT_SECONDS = 0.18, 300


def run() -> list[Result]:
    """Measure each case, the worst of them, and the share of estimates whose margin holds the exact number."""
    with installation("segment_preview_5m") as place, place.app.app_context(), db.engine.connect() as connection:
        account_id, tags = install(connection, FRIENDS)
        every = cases(account_id, tags)
        found = [_result(account_id, case) for case in every]
        held = [_is_within(account_id, case.json) for case in every]
    worst = max(one.value for one in found)
    return [
        Result("segment_preview_5m", worst, "ms", TARGET_MS, "lower", FRIENDS),
        *found,
        Result("segment_preview_5m.within_margin", sum(held) / len(held), "share", 1, "higher", len(held)),
    ]


def _result(account_id: int, case: Case) -> Result:
    (value,) = alternate(lambda: time_of_first_answer(account_id, case.json), rounds=ROUNDS)
    return Result(f"segment_preview_5m.{case.name}", value, "ms", TARGET_MS, "lower", FRIENDS)


def _is_within(account_id: int, raw: dict[str, Any]) -> bool:
    """Whether the sample's estimate is as near to the exact number as it says."""
    compiled = compile_definition(parse_definition(raw, catalogue(account_id)).definition)
    db.session.rollback()
    sample = estimate(compiled, Budget(SAMPLE_SECONDS))
    exact = Budget(EXACT_SECONDS).ask(lambda: count_members(compiled))
    if sample is None:
        return False
    return abs(sample.members[0].number - exact.friends) <= sample.members[0].margin

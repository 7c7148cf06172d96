"""The first answer of the live preview, as a request computes it, for each of the definitions of `_segments`."""

from __future__ import annotations

from typing import Any

from app.core.db import db
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.properties import catalogue
from app.segments.conditions.sentences import ConditionSentences
from app.segments.queries.preview import exact_numbers, preview
from bench.harness import milliseconds

TARGET_MS = 500


def first_answer(account_id: int, raw: dict[str, Any]) -> None:
    """Compute all that stands beside the form: sentence, numbers, ten friends with reasons, each condition alone.

    Where a slow moment leaves no time for the numbers, the page asks for them by itself, which counts as well.
    """
    definition = parse_definition(raw, catalogue(account_id)).definition
    counted, summary = preview(definition).counted, ConditionSentences([definition]).summary(definition)
    if counted.numbers is None or counted.alone is None:
        counted = exact_numbers(definition)
    if not summary or counted.numbers is None or counted.alone is None:
        raise AssertionError(f"The answer has no numbers: {summary}")


def time_of_first_answer(account_id: int, raw: dict[str, Any]) -> float:
    """Measure milliseconds, in a transaction of its own as a request has."""
    db.session.rollback()
    return milliseconds(lambda: first_answer(account_id, raw))

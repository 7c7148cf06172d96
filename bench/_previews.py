"""The first answer of the live preview, as a request computes it, for each of the definitions of `_segments`."""

from __future__ import annotations

from typing import Any

from app.core.db import db
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.properties import catalogue
from app.segments.conditions.sentences import ConditionSentences
from app.segments.queries.preview import Preview, preview
from bench.harness import milliseconds

TARGET_MS = 500


def first_answer(account_id: int, raw: dict[str, Any]) -> Preview:
    """Compute all that stands beside the form: sentence, numbers, ten friends with reasons, each condition alone."""
    definition = parse_definition(raw, catalogue(account_id)).definition
    shown, summary = preview(definition), ConditionSentences([definition]).summary(definition)
    if not summary or shown.counted.numbers is None or shown.counted.alone is None:
        raise AssertionError(f"The first answer has no numbers: {summary}")
    return shown


def time_of_first_answer(account_id: int, raw: dict[str, Any]) -> float:
    """Measure milliseconds, in a transaction of its own as a request has."""
    db.session.rollback()
    return milliseconds(lambda: first_answer(account_id, raw))

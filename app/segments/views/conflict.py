"""What a member is shown whose segment was saved by another one since."""

from __future__ import annotations

from typing import Any

from app.segments.conditions.definition import parse_definition
from app.segments.conditions.properties import Catalogue
from app.segments.conditions.sentences import ConditionSentences
from app.segments.models import Segment
from app.team.queries import names_of


def conflict(theirs: Segment | None, known: Catalogue) -> dict[str, Any]:
    """Return what another member has saved since the form was opened, if anything."""
    if theirs is None:
        return {"theirs": None}
    definition = parse_definition(theirs.definition, known).definition
    by, summary = names_of([theirs.updated_by]), ConditionSentences([definition]).summary(definition)
    return {"theirs": theirs, "theirs_by": by, "theirs_summary": summary}

"""Segments as lists show them: in words, with what is wrong about them, their folder, and who changed them last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.segments.conditions.definition import ParsedDefinition
from app.segments.conditions.sentences import ConditionSentences
from app.segments.models import Segment
from app.segments.queries.segments import readings_of
from app.team.queries import names_of


@dataclass(frozen=True)
class SegmentLine:
    """A segment with its definition in one sentence, why conditions of it match no friend, and who changed it last."""

    segment: Segment
    summary: str
    problems: Sequence[str]
    changed_by: str | None


def lines_of(account_id: int, segments: Sequence[Segment]) -> list[SegmentLine]:
    """Return lines of these segments of an account, in the reader's language."""
    readings = readings_of(account_id, segments)
    words = ConditionSentences([reading.definition for reading in readings.values()])
    members = names_of([segment.updated_by for segment in segments])
    return [_line(segment, readings[segment.id], words, members) for segment in segments]


def problems_of(reading: ParsedDefinition) -> list[str]:
    """Return what is wrong with a stored definition now, each reason once."""
    complaints = [str(complaint.message) for complaint in reading.complaints]
    return list(dict.fromkeys([*complaints, *map(str, reading.definition.problems)]))


def _line(
    segment: Segment, reading: ParsedDefinition, words: ConditionSentences, members: Mapping[int, str]
) -> SegmentLine:
    changed_by = members.get(segment.updated_by) if segment.updated_by else None
    return SegmentLine(segment, words.summary(reading.definition), problems_of(reading), changed_by)

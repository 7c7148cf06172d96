"""The segments that one friend is in."""

from __future__ import annotations

from collections.abc import Sequence

from app.segments.conditions.compiler import compile_many
from app.segments.models import Segment
from app.segments.queries.members import fitting_of
from app.segments.queries.segments import all_segments, readings_of

# Segments asked about in one query, so that it stays of a size that PostgreSQL plans quickly.
AT_ONCE = 50


def segments_of_friend(account_id: int, friend_id: int) -> list[Segment]:
    """Return the account's segments that the friend fits now, by name."""
    segments = all_segments(account_id)
    starts = range(0, len(segments), AT_ONCE)
    return [one for start in starts for one in _fitting(account_id, segments[start : start + AT_ONCE], friend_id)]


def _fitting(account_id: int, segments: Sequence[Segment], friend_id: int) -> list[Segment]:
    readings = readings_of(account_id, segments)
    compiled = compile_many([readings[segment.id].definition for segment in segments])
    return [segment for segment, fits in zip(segments, fitting_of(compiled, friend_id), strict=True) if fits]

"""What segments announce."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SegmentSaved:
    """A segment was stored, new or changed; `properties` are the names of what its conditions ask for."""

    account_id: int
    segment_id: int
    properties: frozenset[str]

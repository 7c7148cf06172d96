"""Freeze the friends in a segment: `INSERT … SELECT` of them, with the definition and version that chose them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select

from app.segments.conditions.compiler import Compiled, compile_definition
from app.segments.conditions.definition import Definition
from app.segments.models import Segment
from app.segments.queries.members import members_select
from app.segments.queries.segments import reading_of


@dataclass(frozen=True)
class FrozenDefinition:
    """The definition that chose the friends, stored with them so that it outlives the segment.

    `segment_id` and `version` are None for conditions that belong to no segment. `day` is the day that conditions such
    as "in the last 7 days" count from.
    """

    account_id: int
    segment_id: int | None
    version: int | None
    definition: Mapping[str, Any]
    day: date

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "account_id": self.account_id,
            "segment_id": self.segment_id,
            "version": self.version,
            "definition": dict(self.definition),
            "day": self.day.isoformat(),
        }


@dataclass(frozen=True)
class Audience:
    """The chosen friends, as one SELECT for the caller's transaction, and the definition that chose them."""

    compiled: Compiled
    frozen: FrozenDefinition

    def members(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Select these columns of friends, for `insert(table).from_select(names, …)`."""
        return members_select(self.compiled, *columns)


def audience_of(segment: Segment) -> Audience:
    """Return the friends in the segment now; definition and version are those of the row as it was read."""
    return _audience(reading_of(segment).definition, segment.id, segment.version)


def audience_of_conditions(definition: Definition) -> Audience:
    """Return the friends who fit conditions that belong to no segment."""
    return _audience(definition, None, None)


def _audience(definition: Definition, segment_id: int | None, version: int | None) -> Audience:
    compiled = compile_definition(definition)
    frozen = FrozenDefinition(definition.account_id, segment_id, version, definition.as_json(), compiled.scope.today)
    return Audience(compiled, frozen)

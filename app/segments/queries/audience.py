"""Freeze the friends in a segment: `INSERT … SELECT` of them, with the definition and version that chose them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select

from app.core import error_messages
from app.core.errors import RetryLater
from app.core.i18n import Text, _l
from app.segments.conditions.compiler import Compiled, compile_definition
from app.segments.conditions.definition import Definition
from app.segments.models import Segment
from app.segments.queries.members import members_select
from app.segments.queries.segments import reading_of

# Tried again so soon.
AGAIN_SECONDS = 15.0
NOT_KNOWN = "segments.not_known"

error_messages.register({NOT_KNOWN: _l("It is not known yet who is meant. %(why)s")})


class NotKnownYet(RetryLater):
    """It is not known yet who fits a definition, so that nothing may be done with those who do or do not."""

    def __init__(self, why: Text) -> None:
        super().__init__(NOT_KNOWN, AGAIN_SECONDS, why=str(why))

    def __str__(self) -> str:
        return str(error_messages.sentence(self.code, self.params))


def require_known(definition: Definition) -> None:
    """Raise NotKnownYet where it is not known yet who fits."""
    if (why := definition.awaited) is not None:
        raise NotKnownYet(why)


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
    """Return the friends in the segment now; definition and version are those of the row as it was read.

    Raises NotKnownYet.
    """
    return _audience(reading_of(segment).definition, segment.id, segment.version)


def audience_of_conditions(definition: Definition) -> Audience:
    """Return the friends who fit conditions that belong to no segment; raises NotKnownYet."""
    return _audience(definition, None, None)


def _audience(definition: Definition, segment_id: int | None, version: int | None) -> Audience:
    require_known(definition)
    compiled = compile_definition(definition)
    frozen = FrozenDefinition(definition.account_id, segment_id, version, definition.as_json(), compiled.scope.today)
    return Audience(compiled, frozen)

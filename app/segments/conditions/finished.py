"""What of a definition can be used while parts of it are not finished, as for the preview of the editor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from app.segments.conditions.definition import ConditionGroup, Definition, ParsedDefinition

Number = TypeVar("Number")
Numbers = Sequence[Sequence[Number]]
# (number of the group, number of the condition in it)
Place = tuple[int, int]


@dataclass(frozen=True)
class FinishedPart:
    """The conditions that are finished, with their places in the whole, and the places of those that are not."""

    definition: Definition
    groups: Sequence[Sequence[Place]]
    unfinished: Sequence[Place]

    def number_of(self, group: int) -> int:
        """Return which group of the whole a group of the part is."""
        return self.groups[group][0][0]

    def placed(self, numbers: Numbers[Number]) -> dict[Place, Number]:
        """Return what was counted for each condition of the part, by its place in the whole."""
        pairs = (zip(places, counted, strict=True) for places, counted in zip(self.groups, numbers, strict=True))
        return {place: number for pair in pairs for place, number in pair}


def placed(numbers: Numbers[Number]) -> dict[Place, Number]:
    """Return what was counted for each condition of a whole definition, by its place."""
    return {(at, number): one for at, group in enumerate(numbers) for number, one in enumerate(group)}


def finished_part(reading: ParsedDefinition) -> FinishedPart | None:
    """Return what can be used of a definition; None where that would not say who is meant.

    Conditions that are missing or wrong are left out of it, and groups in which nothing is left.
    """
    if any(one.condition is None and one.group is None for one in reading.complaints):
        return None
    wrong = {(one.group, one.condition) for one in reading.complaints}
    groups, places = list[ConditionGroup](), list[list[Place]]()
    for at, group in enumerate(reading.definition.groups):
        # A group that has too many conditions, or none.
        kept = [] if (at, None) in wrong else list(range(len(group.conditions)))
        kept = [number for number in kept if (at, number) not in wrong]
        if kept:
            groups.append(replace(group, conditions=tuple(group.conditions[number] for number in kept)))
            places.append([(at, number) for number in kept])
    if all(group.excludes for group in groups):
        return None
    unfinished = sorted((one.group, one.condition) for one in reading.complaints if one.condition is not None)
    return FinishedPart(replace(reading.definition, groups=tuple(groups)), places, unfinished)  # type: ignore[arg-type]

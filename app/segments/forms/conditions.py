"""Conditions as they stand in the browser, finished or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.segments.conditions.definition import (
    MOST_CONDITIONS,
    MOST_GROUPS,
    MOST_VALUES,
    Condition,
    Definition,
    DraftCondition,
    wanted_first,
)
from app.segments.conditions.operators import Takes
from app.segments.conditions.properties import Catalogue
from app.segments.conditions.values import MOST_ALTERNATIVES, as_draft

# What the browser sends for a condition: "property-0-2" is the property of the third condition of the first group.
_PLACE = re.compile(r"[0-9]{1,3}-[0-9]{1,3}")
_GROUP = re.compile(r"[0-9]{1,3}")
_NUMBERS = re.compile(r"[0-9]{1,3}(-[0-9]{1,3}){0,2}")
EMPTY = DraftCondition()
EMPTY_GROUP = (EMPTY,)
Groups = tuple[tuple[DraftCondition, ...], ...]
Values = tuple[Any, ...]


@dataclass(frozen=True)
class Draft:
    """Groups of conditions as they stand in the form; the last `exclusions` of them leave friends out."""

    groups: Groups = field(default=((DraftCondition(),),))
    exclusions: int = 0

    @property
    def wanted(self) -> int:
        """Return how many groups let friends in."""
        return len(self.groups) - self.exclusions

    @property
    def left(self) -> str:
        """Return the names of the value fields that were left, as the form sends them."""
        places = ((at, number, one) for at, group in enumerate(self.groups) for number, one in enumerate(group))
        return " ".join(f"value-{at}-{number}" for at, number, one in places if one.is_left)

    def after(self, action: str, catalogue: Catalogue | None = None) -> Draft:
        """Return the draft as it is once a button was pressed; an action that cannot be done changes nothing.

        An action is a word, after a colon the place it is about, and for "add-condition" after a space the name of a
        property of the catalogue.
        """
        word, _colon, place = action.partition(":")
        place, _space, name = place.partition(" ")
        chosen = catalogue.properties.get(name) if catalogue and name else None
        if word == "add-condition" and chosen and _GROUP.fullmatch(place):
            condition = DraftCondition(name, next(iter(chosen.operators)))
            return replace(self, groups=_fill_condition(self.groups, int(place), condition))
        numbers = [int(number) for number in place.split("-")] if _NUMBERS.fullmatch(place) else []
        is_known = len(numbers) == _PLACES.get(word) and not name
        return self._after(word, numbers) if is_known else self

    def _after(self, word: str, numbers: Sequence[int]) -> Draft:
        """Return the draft after an action; groups that leave friends out stay behind those that let them in."""
        if word == "add-group":
            kept, left_out = self.groups[: self.wanted], self.groups[self.wanted :]
            return replace(self, groups=(*kept, EMPTY_GROUP, *left_out)) if self._has_room else self
        if word == "add-exclusion":
            groups, number = (*self.groups, EMPTY_GROUP), self.exclusions + 1
            return replace(self, groups=groups, exclusions=number) if self._has_room else self
        if (word, numbers[0]) in {("group-up", self.wanted), ("group-down", self.wanted - 1)}:
            return self
        groups = _ACTIONS[word](self.groups, *numbers)
        more = len(groups) - len(self.groups) if numbers[0] >= self.wanted else 0
        return replace(self, groups=groups, exclusions=self.exclusions + more)

    @property
    def _has_room(self) -> bool:
        return len(self.groups) < MOST_GROUPS


def place_for(group: Sequence[DraftCondition]) -> int:
    """Return the number in the group that a condition with a chosen property gets: that of the first without one."""
    return next((at for at, one in enumerate(group) if not one.property), len(group))


def draft_of(definition: Definition) -> Draft:
    """Return a stored definition as a draft for the form."""
    groups = tuple(tuple(map(_as_typed, group.conditions)) for group in definition.groups)
    return Draft(groups, len(definition.excluded)) if groups else Draft()


def _as_typed(condition: Condition) -> DraftCondition:
    return DraftCondition(condition.property_name, condition.operator_name, tuple(map(as_draft, condition.values)))


def read_draft(given: MultiDict[str, str], catalogue: Catalogue) -> Draft:
    """Read the posted draft, with operators and values that fit the chosen properties."""
    groups, left = [], set(given.get("left", "").split())
    named, excluding = [one for one in given.getlist("group") if _GROUP.fullmatch(one)], set(given.getlist("exclusion"))
    kept, exclusions = wanted_first(named, [one in excluding for one in named])
    for group in kept:
        mine = [one for one in given.getlist("condition") if _PLACE.fullmatch(one) and one.split("-")[0] == group]
        groups.append(tuple(_condition(given, place, catalogue, left) for place in mine[: MOST_CONDITIONS + 1]))
    return Draft(tuple(groups), exclusions)


def _condition(given: Mapping[str, Any], place: str, catalogue: Catalogue, left: Collection[str]) -> DraftCondition:
    """Read one condition from the form; drop its values when it takes another type of value now."""
    name, operator = given.get(f"property-{place}", ""), given.get(f"operator-{place}", "")
    values = tuple(given.getlist(f"value-{place}")[: MOST_VALUES + 1])  # type: ignore[attr-defined]
    known = catalogue.properties.get(name)
    if known is None:
        return DraftCondition(name, operator, values)
    if operator not in known.operators:
        operator, values = next(iter(known.operators)), ()
    shown = given.get(f"shown-{place}", "")
    is_other = bool(shown) and shown != shown_as(name, known.operators[operator].takes)
    if is_other:
        values = ()
    return DraftCondition(name, operator, values, f"value-{place}" in left and not is_other)


def shown_as(property_name: str, takes: Takes) -> str:
    """What the form notes of a condition's value field, to know when the values in it are of another kind."""
    return f"{property_name} {takes.value}"


def _remove_group(groups: Groups, at: int) -> Groups:
    return groups[:at] + groups[at + 1 :]


def _copy_group(groups: Groups, at: int) -> Groups:
    has_room = at < len(groups) < MOST_GROUPS
    return groups[: at + 1] + groups[at:] if has_room else groups


def _copy_condition(groups: Groups, group: int, at: int) -> Groups:
    if group >= len(groups) or not at < len(groups[group]) < MOST_CONDITIONS:
        return groups
    return _within(groups, group, groups[group][: at + 1] + groups[group][at:])


def _move(row: Sequence[Any], at: int, to: int) -> tuple[Any, ...]:
    """Return the row with two neighbours swapped; unchanged at its end."""
    moved = list(row)
    if 0 <= at < len(moved) and 0 <= to < len(moved):
        moved[at], moved[to] = moved[to], moved[at]
    return tuple(moved)


def _within(groups: Groups, group: int, conditions: tuple[DraftCondition, ...]) -> Groups:
    """Replace the conditions of a group; a group without conditions is removed."""
    return groups[:group] + ((conditions,) if conditions else ()) + groups[group + 1 :]


def _add_condition(groups: Groups, group: int, condition: DraftCondition = EMPTY) -> Groups:
    if group >= len(groups) or len(groups[group]) >= MOST_CONDITIONS:
        return groups
    return _within(groups, group, (*groups[group], condition))


def _fill_condition(groups: Groups, group: int, condition: DraftCondition) -> Groups:
    """Put the condition in place of the first one that has no property, else at the end."""
    if group >= len(groups) or (at := place_for(groups[group])) == len(groups[group]):
        return _add_condition(groups, group, condition)
    return _within(groups, group, (*groups[group][:at], condition, *groups[group][at + 1 :]))


def _remove_condition(groups: Groups, group: int, at: int) -> Groups:
    if group >= len(groups):
        return groups
    return _within(groups, group, groups[group][:at] + groups[group][at + 1 :])


def _with_values(groups: Groups, group: int, at: int, change: Callable[[Values], Values]) -> Groups:
    if group >= len(groups) or at >= len(groups[group]):
        return groups
    condition = groups[group][at]
    changed = replace(condition, values=change(condition.values))
    return _within(groups, group, (*groups[group][:at], changed, *groups[group][at + 1 :]))


def _one_more(values: Values) -> Values:
    """Return the values with an empty one at the end; a first one that is empty is there also where there is none."""
    return (*(values or ("",)), "")[:MOST_ALTERNATIVES]


def _move_condition(groups: Groups, group: int, at: int, to: int) -> Groups:
    return _within(groups, group, _move(groups[group], at, to)) if group < len(groups) else groups


_ACTIONS: dict[str, Any] = {
    "remove-group": _remove_group,
    "group-up": lambda groups, at: _move(groups, at, at - 1),
    "group-down": lambda groups, at: _move(groups, at, at + 1),
    "add-condition": _add_condition,
    "copy-group": _copy_group,
    "copy-condition": _copy_condition,
    "remove-condition": _remove_condition,
    "add-value": lambda groups, group, at: _with_values(groups, group, at, _one_more),
    "remove-value": lambda groups, group, at, value: _with_values(
        groups, group, at, lambda values: values[:value] + values[value + 1 :]
    ),
    "condition-up": lambda groups, group, at: _move_condition(groups, group, at, at - 1),
    "condition-down": lambda groups, group, at: _move_condition(groups, group, at, at + 1),
}
# How many numbers the position in an action consists of.
_PLACES = {
    "add-group": 0,
    "add-exclusion": 0,
    "remove-group": 1,
    "group-up": 1,
    "group-down": 1,
    "add-condition": 1,
    "copy-group": 1,
    "copy-condition": 2,
    "remove-condition": 2,
    "add-value": 2,
    "remove-value": 3,
    "condition-up": 2,
    "condition-down": 2,
}

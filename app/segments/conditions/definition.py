"""A definition as typed nodes, and the way there from stored or posted JSON, with complaints that name the place.

The JSON: {"version": 1, "groups": [{"conditions": [{"property": "tag", "operator": "contains_any", "values": [3]}]}]}

A group with "excludes": true leaves friends out. A definition has version 2 where it holds what a reader of version 1
would take for something else: such groups, or several texts or numbers in one condition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from app.core.i18n import Text, _, _l
from app.core.values.errors import WrongValue
from app.segments.conditions.operators import Operator, Takes
from app.segments.conditions.properties import Catalogue, Property, catalogue_with
from app.segments.conditions.values import choices_among, read_values

VERSION, EXTENDED_VERSION = 1, 2
MOST_GROUPS, MOST_CONDITIONS, MOST_VALUES = 20, 20, 500
Group = TypeVar("Group")


@dataclass(frozen=True)
class Condition:
    """A property (`about`), operator and values. One with a `problem` fits no friend; its parts may then be missing."""

    about: Property | None
    operator: Operator | None
    values: tuple[Any, ...]
    # As they were stored or posted.
    property_name: str
    operator_name: str
    problem: Text | None = None
    # The problem passes by itself: what is asked for is not known yet.
    is_awaited: bool = False

    @property
    def key(self) -> str:
        """Return a key that is equal for conditions that mean the same."""
        return repr(self.as_json())

    @property
    def has_several(self) -> bool:
        """Return whether it compares with several texts or numbers, of which one is enough."""
        return self.operator is not None and self.operator.several is not None and len(self.values) > 1

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"property": self.property_name, "operator": self.operator_name, "values": list(self.values)}


@dataclass(frozen=True)
class DraftCondition:
    """A condition as it was stored or as it stands in the form; anything may be missing or wrong."""

    property: str = ""
    operator: str = ""
    values: tuple[Any, ...] = ()
    # Whether the member has left its value field, so that it may be said that something is missing there.
    is_left: bool = False


@dataclass(frozen=True)
class ConditionGroup:
    """Conditions that must all hold. A group that `excludes` leaves out the friends for whom they do."""

    conditions: tuple[Condition, ...]
    excludes: bool = False

    @property
    def is_usable(self) -> bool:
        """Return whether there are conditions, and none has a problem."""
        return bool(self.conditions) and all(one.problem is None for one in self.conditions)

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        conditions = [one.as_json() for one in self.conditions]
        return {"conditions": conditions, "excludes": True} if self.excludes else {"conditions": conditions}


@dataclass(frozen=True)
class Definition:
    """What a segment asks: all conditions of at least one group hold, and those of no group that excludes."""

    account_id: int
    groups: tuple[ConditionGroup, ...]

    @property
    def conditions(self) -> list[Condition]:
        """Return all conditions in their order."""
        return [condition for group in self.groups for condition in group.conditions]

    @property
    def excluded(self) -> list[int]:
        """Return the numbers of the groups that leave friends out."""
        return [at for at, group in enumerate(self.groups) if group.excludes]

    @property
    def included(self) -> list[int]:
        """Return the numbers of the groups of which one must hold.

        There are none while a group that leaves friends out cannot be used: left aside, it would let more friends fit.
        """
        if not all(self.groups[at].is_usable for at in self.excluded):
            return []
        return [at for at, group in enumerate(self.groups) if not group.excludes]

    @property
    def problems(self) -> list[Text]:
        """Return the problems of conditions that therefore match no friend, each once."""
        found = {str(one.problem): one.problem for one in self.conditions if one.problem is not None}
        return [*found.values(), *([_none_fits()] if self._cannot_leave_out else [])]

    @property
    def _cannot_leave_out(self) -> bool:
        groups = (self.groups[at] for at in self.excluded)
        return any(one.problem is not None and not one.is_awaited for group in groups for one in group.conditions)

    @property
    def awaited(self) -> Text | None:
        """Return why it is not known yet who fits; None where it is."""
        return next((one.problem for one in self.conditions if one.is_awaited), None)

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        is_extended = bool(self.excluded) or any(one.has_several for one in self.conditions)
        groups = [group.as_json() for group in self.groups]
        return {"version": EXTENDED_VERSION if is_extended else VERSION, "groups": groups}


@dataclass(frozen=True)
class Complaint:
    """A reason why a definition cannot be used, and its place: numbers count from 0, None is the whole.

    `part` of a condition is "property", "operator" or "value".
    """

    message: Text
    group: int | None = None
    condition: int | None = None
    part: str = ""

    def __str__(self) -> str:
        if self.group is None:
            return str(self.message)
        if self.condition is None:
            return _("Filter condition %(group)s: %(why)s", group=self.group + 1, why=self.message)
        return _(
            "Filter condition %(group)s, property %(condition)s: %(why)s",
            group=self.group + 1,
            condition=self.condition + 1,
            why=self.message,
        )


@dataclass(frozen=True)
class ParsedDefinition:
    """A definition with what is wrong about it. What is stored is used all the same: wrong conditions fit no friend."""

    definition: Definition
    complaints: tuple[Complaint, ...]

    @property
    def is_sound(self) -> bool:
        """Return whether it may be saved."""
        return not self.complaints


def parse_definition(raw: Any, catalogue: Catalogue) -> ParsedDefinition:
    """Make nodes of stored or posted JSON; never raises, whatever it is given."""
    drafts = read_drafts(raw)
    if drafts is None:
        return ParsedDefinition(
            Definition(catalogue.account_id, ()), (Complaint(_l("This is not a set of conditions.")),)
        )
    groups, exclusions = drafts
    return read_groups(groups, catalogue, exclusions)


def read_drafts(raw: Any) -> tuple[list[list[DraftCondition]], int] | None:
    """Return the conditions of each group in stored or posted JSON, and how many of the last groups leave friends out.

    None when it is no definition.
    """
    groups = _list(raw, "groups")
    if groups is None or raw.get("version", VERSION) not in (VERSION, EXTENDED_VERSION):
        return None
    marks = [group.get("excludes", False) if isinstance(group, Mapping) else False for group in groups]
    if any(not isinstance(mark, bool) for mark in marks):
        return None
    kept, exclusions = wanted_first(groups, marks)
    return [_drafts(group) for group in kept], exclusions


def wanted_first(groups: Sequence[Group], excludes: Sequence[bool]) -> tuple[list[Group], int]:
    """Return the groups with those that leave friends out at the end, and their number.

    Of either kind there are at most one above the limit, which shows that they are too many.
    """
    sides: dict[bool, list[Group]] = {False: [], True: []}
    for group, mark in zip(groups, excludes, strict=True):
        sides[mark].append(group)
    wanted, left_out = (sides[mark][: MOST_GROUPS + 1] for mark in (False, True))
    return [*wanted, *left_out], len(left_out)


def read_groups(
    groups: Sequence[Sequence[DraftCondition]], catalogue: Catalogue, exclusions: int = 0
) -> ParsedDefinition:
    """Make nodes of groups of conditions, such as stand in a form; the last `exclusions` of them leave friends out.

    Never raises.
    """
    complaints: list[Complaint] = []
    wanted = len(groups) - exclusions
    if not wanted:
        complaints.append(
            Complaint(
                _l("Add a filter condition that says who is meant: those that are there only leave friends out.")
                if exclusions
                else _l("Add at least one filter condition.")
            )
        )
    if len(groups) > MOST_GROUPS:
        complaints.append(Complaint(_l("Use at most %(most)s filter conditions.", most=MOST_GROUPS)))
    # All that leave friends out are kept, whatever their number.
    kept = groups if exclusions else groups[:MOST_GROUPS]
    nodes = [_group(at, one, catalogue, complaints, excludes=at >= wanted) for at, one in enumerate(kept)]
    if exclusions and len(groups) > MOST_GROUPS:
        nodes.append(
            ConditionGroup((_unusable(_l("Use at most %(most)s filter conditions.", most=MOST_GROUPS)),), True)
        )
    return ParsedDefinition(Definition(catalogue.account_id, tuple(nodes)), tuple(complaints))


def _drafts(group: Any) -> list[DraftCondition]:
    """Return the conditions of a group in JSON, at most one above the limit, which shows that they are too many."""
    found = (_list(group, "conditions") or ())[: MOST_CONDITIONS + 1]
    given = [one if isinstance(one, Mapping) else {} for one in found]
    return [
        DraftCondition(_word(one, "property"), _word(one, "operator"), tuple(_list(one, "values") or ()))
        for one in given
    ]


def parse_stored(account_id: int, raws: Sequence[Any]) -> list[ParsedDefinition]:
    """Parse definitions of an account that are read again and again; ask no more of the database than they name."""
    names = {name for raw in raws for name in _properties_in(raw)}
    return parse_definitions(raws, catalogue_with(account_id, names))


def _properties_in(raw: Any) -> Iterator[str]:
    """Yield the names of the properties that JSON asks for, wherever in it."""
    if isinstance(raw, Mapping):
        name = raw.get("property")
        yield from [name] if isinstance(name, str) else []
    inner = raw.values() if isinstance(raw, Mapping) else raw if isinstance(raw, list) else ()
    for one in inner:
        yield from _properties_in(one)


def parse_definitions(raws: Sequence[Any], catalogue: Catalogue) -> list[ParsedDefinition]:
    """Parse several definitions; look up the choices of all of them together."""
    chosen: defaultdict[str, set[Any]] = defaultdict(set)
    for raw in raws:
        for group in _list(raw, "groups") or ():
            for one in _list(group, "conditions") or ():
                about = catalogue.properties.get(_word(one, "property")) if isinstance(one, Mapping) else None
                if about is not None and any(operator.takes is Takes.CHOICES for operator in about.operators.values()):
                    chosen[about.name].update(choices_among(about, _list(one, "values") or ()))
    for name, values in chosen.items():
        catalogue.existing(catalogue.properties[name], values)
    return [parse_definition(raw, catalogue) for raw in raws]


def _group(
    at: int, conditions: Sequence[DraftCondition], catalogue: Catalogue, complaints: list[Complaint], *, excludes: bool
) -> ConditionGroup:
    if not conditions:
        complaints.append(Complaint(_l("Add at least one property."), at))
    if len(conditions) > MOST_CONDITIONS:
        complaints.append(Complaint(_most_conditions(), at))
    nodes = []
    for number, one in enumerate(conditions[:MOST_CONDITIONS]):
        node, part, is_wrong = _condition(one, catalogue)
        if is_wrong and node.problem is not None:
            complaints.append(Complaint(node.problem, at, number, part))
        nodes.append(node)
    return ConditionGroup((*nodes, *_too_many(conditions)), excludes)


def _too_many(conditions: Sequence[DraftCondition]) -> list[Condition]:
    """Return a condition that no friend fits, for those beyond the limit: left out, they would let more friends fit."""
    return [_unusable(_most_conditions())] if len(conditions) > MOST_CONDITIONS else []


def _none_fits() -> Text:
    return _l("No friend fits while a filter condition that leaves friends out cannot be used.")


def _unusable(problem: Text) -> Condition:
    return Condition(None, None, (), "", "", problem)


def _most_conditions() -> Text:
    return _l("Use at most %(most)s properties in one filter condition.", most=MOST_CONDITIONS)


def _condition(draft: DraftCondition, catalogue: Catalogue) -> tuple[Condition, str, bool]:
    """Return the node, which part of it has the problem, and whether that keeps it from being saved."""
    name, operator_name, values = draft.property, draft.operator, draft.values
    found = catalogue.properties.get(name)

    def node(problem: Text | None, operator: Operator | None = None, read: Iterable[Any] = values) -> Condition:
        return Condition(found, operator, tuple(read), name, operator_name, problem)

    if found is None:
        return node(catalogue.why_missing(name) if name else _l("Choose a property.")), "property", True
    operator = found.operators.get(operator_name)
    if operator is None:
        wrong = _l("This condition does not fit the property. Choose one from the list.")
        return node(wrong if operator_name else _l("Choose a condition.")), "operator", True
    if len(values) > MOST_VALUES:
        return node(_l("Choose at most %(most)s values.", most=MOST_VALUES), operator), "value", True
    try:
        read = read_values(found, operator, values, catalogue)
    except WrongValue as error:
        return node(error.message, operator), "value", True
    if found.unavailable is None and found.unknown and (reason := found.unknown(read)) is not None:
        return replace(node(reason, operator, read), is_awaited=True), "value", False
    return node(found.unavailable, operator, read), "property", False


def _list(raw: Any, name: str) -> Sequence[Any] | None:
    found = raw.get(name) if isinstance(raw, Mapping) else None
    return found if isinstance(found, list) else None


def _word(raw: Mapping[str, Any], name: str) -> str:
    found = raw.get(name)
    return found if isinstance(found, str) else ""

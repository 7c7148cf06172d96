"""The filter of the friends list as a definition of a segment, with what no condition can say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from app.core.i18n import Text, _l
from app.friends.filters import ALL, FriendFilter
from app.friends.friend_sets import FriendSet
from app.friends.values import STANDARD
from app.segments.conditions.definition import (
    MOST_CONDITIONS,
    MOST_GROUPS,
    VERSION,
    Definition,
    parse_definition,
)
from app.segments.conditions.properties import Catalogue

NAME = "line.display_name"
# Where the search of the list looks and conditions can look, too.
SEARCHED = (NAME, *(one.name for one in STANDARD))
Conditions = list[dict[str, Any]]
Groups = list[Conditions]


@dataclass(frozen=True)
class FilterAsDefinition:
    """The definition of a filter, and a sentence for each part of the filter that it does not say."""

    definition: Definition
    left_out: Sequence[Text] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is left of the filter."""
        return not self.definition.groups


@dataclass
class _Parts:
    """What a filter asks for, part by part; a friend must fit each."""

    known: Catalogue
    parts: list[Groups] = field(default_factory=list)
    left_out: list[Text] = field(default_factory=list)
    # Groups of any set that leave friends out, and the version of definitions that all sets can be written in.
    excluding: Groups = field(default_factory=list)
    version: int = VERSION

    def add(self, *groups: Conditions) -> None:
        self.parts.append(list(groups))

    @property
    def together(self) -> Groups:
        return reduce(_both, self.parts) if self.parts else []


def definition_of(wanted: FriendFilter, sets: Mapping[str, FriendSet], known: Catalogue) -> FilterAsDefinition:
    """Return what the filter asks for as conditions; none where these were too many for one segment."""
    parts = _Parts(known)
    for one in sets.values():
        _add_set(parts, one)
    if wanted.statuses:
        parts.add([_condition("line.follow_status", "any_of", *wanted.statuses)])
    if wanted.tag_ids:
        parts.add([_condition("tag", "contains_all" if wanted.match == ALL else "contains_any", *wanted.tag_ids)])
    _add_search(parts, wanted)
    groups = parts.together
    if not _fits(groups) or len(groups) + len(parts.excluding) > MOST_GROUPS:
        return FilterAsDefinition(
            Definition(known.account_id, ()),
            [_l("Together these filters make too many conditions for one segment. Remove some of them first.")],
        )
    asked: list[dict[str, Any]] = [{"conditions": one} for one in groups]
    asked += [{"conditions": one, "excludes": True} for one in parts.excluding]
    raw = {"version": parts.version, "groups": asked}
    return FilterAsDefinition(parse_definition(raw, known).definition, parts.left_out)


def _add_set(parts: _Parts, one: FriendSet) -> None:
    if one.definition is None:
        parts.left_out.append(
            _l("“%(filter)s” stays behind: conditions cannot ask for these people.", filter=one.label)
        )
        return
    groups = one.definition["groups"]
    parts.version = max(parts.version, one.definition.get("version", VERSION))
    parts.add(*(group["conditions"] for group in groups if not group.get("excludes")))
    parts.excluding += [group["conditions"] for group in groups if group.get("excludes")]


def _add_search(parts: _Parts, wanted: FriendFilter) -> None:
    """Ask for each word in any field, where that makes not too many groups; else in the display name alone."""
    words = wanted.words
    if not words:
        return
    if len(words) == 1 and len(words[0]) == 1:
        return parts.add([_condition(NAME, "starts_with", words[0])])
    everywhere = [_everywhere(word, parts.known) for word in words]
    if _fits(reduce(_both, [*parts.parts, *everywhere])):
        parts.parts.extend(everywhere)
        parts.left_out.append(
            _l(
                "The search of the list also finds LINE user IDs and external user IDs. "
                "The segment looks into names, e-mail, phone and company only."
            )
        )
        return None
    parts.left_out.append(
        _l(
            "The search of the list looks for each word into names, e-mail, phone, company and IDs. "
            "The segment looks for the words in the display name only."
        )
    )
    return parts.add([_condition(NAME, "contains", word) for word in words])


def _everywhere(word: str, known: Catalogue) -> Groups:
    """Return a group for each field that can hold the word, since a phone number holds no letters."""
    groups = [[_condition(name, "contains", word)] for name in SEARCHED]
    return [one for one in groups if not parse_definition({"groups": [{"conditions": one}]}, known).complaints]


def _both(first: Groups, second: Groups) -> Groups:
    """Return groups of which one fits a friend who fits a group of each."""
    return [[*one, *(condition for condition in other if condition not in one)] for one in first for other in second]


def _fits(groups: Groups) -> bool:
    return len(groups) <= MOST_GROUPS and all(len(group) <= MOST_CONDITIONS for group in groups)


def _condition(name: str, operator: str, *values: Any) -> dict[str, Any]:
    return {"property": name, "operator": operator, "values": list(values)}

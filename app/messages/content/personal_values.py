"""The registry of personal values: what texts may name of a recipient, what it is called, and where it comes from.

    {{display_name|you}} {{attributes.plan|no plan}} {{external_user_id|}}

Profile, attributes and ID links register themselves in `personal_sources`. An upper layer that knows more about a
recipient at the time of sending, such as the answers in a workflow, adds its own types and values to these mappings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from app.core.i18n import Text
from app.core.registry import Registry
from app.messages.content.filling import Values


@dataclass(frozen=True)
class PersonalValueType:
    """A value that texts may name. `group` is the heading that the picker lists it under.

    `is_always_known` values need no fallback. `longest` is a text as long as the value may become, for values of which
    no stored one can be looked at.
    """

    name: str
    label: Text
    group: Text
    is_always_known: bool = False
    longest: str = ""


@dataclass(frozen=True)
class PersonalSource:
    """Where values come from; each function asks the database once, however many friends or names it is given.

    `types(account id)` are those of the account. `values(account id, friend ids, names)` maps friends to their texts,
    `longest(account id, names)` maps names to the longest text that is stored. Both get names of `types` only, and
    leave out what is not known.
    """

    types: Callable[[int], Iterable[PersonalValueType]]
    values: Callable[[int, Collection[int], Collection[str]], Mapping[int, Mapping[str, str]]]
    longest: Callable[[int, Collection[str]], Mapping[str, str]]


SOURCES: Registry[PersonalSource] = Registry("source of personal values")


def personal_values(account_id: int) -> dict[str, PersonalValueType]:
    """Return the values that texts of the account may name, in the order of the picker."""
    return {one.name: one for source in SOURCES.values() for one in source.types(account_id)}


def values_for(account_id: int, friend_ids: Collection[int], names: Collection[str]) -> dict[int, Values]:
    """Return the texts of each friend by name; every given friend has an entry. Unknown names are left out."""
    found: dict[int, dict[str, str | None]] = {friend_id: {} for friend_id in friend_ids}
    if not found:
        return {}
    for source, wanted in _asked(account_id, names):
        for friend_id, texts in source.values(account_id, found.keys(), wanted).items():
            found[friend_id].update(texts)
    return dict(found)


def known_values(account_id: int, friend_id: int) -> list[tuple[PersonalValueType, str]]:
    """Return all that is known of a friend of the account, in the order of the picker."""
    known = []
    for source in SOURCES.values():
        types = list(source.types(account_id))
        texts = source.values(account_id, [friend_id], [one.name for one in types]).get(friend_id, {})
        known += [(one, texts[one.name]) for one in types if texts.get(one.name)]
    return known


def longest_and_emptiest(account_id: int, names: Collection[str]) -> tuple[Values, Values]:
    """Return the values of two recipients who need not exist: one with the longest of each, one with nothing known."""
    longest: dict[str, str] = {}
    for source, wanted in _asked(account_id, names):
        known = {one.name: one for one in source.types(account_id)}
        stored = source.longest(account_id, wanted)
        longest |= {name: stored.get(name) or known[name].longest for name in wanted}
    return longest, {}


def _asked(account_id: int, names: Collection[str]) -> list[tuple[PersonalSource, list[str]]]:
    """Return the sources of these names, each with its own."""
    wanted = set(names)
    if not wanted:
        return []
    asked = []
    for source in SOURCES.values():
        own = [one.name for one in source.types(account_id) if one.name in wanted]
        if own:
            asked.append((source, own))
    return asked

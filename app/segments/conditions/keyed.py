"""Definitions for things over several accounts: tags and attributes are named by key and resolved for each account.

Every definition names an attribute by its key ("attributes.visits"). Where choices are rows of one account, as tags
are, a keyed definition has their names in place of their ids; otherwise its JSON is that of `definition`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.core.i18n import Text, _l
from app.friends.values import CUSTOM
from app.line.models import Account
from app.segments.conditions.definition import (
    Complaint,
    Condition,
    ConditionGroup,
    Definition,
    DraftCondition,
    ParsedDefinition,
    parse_definition,
    read_drafts,
    read_groups,
)
from app.segments.conditions.properties import Catalogue, catalogue

Keys = Mapping[str, Mapping[str, int | str]]
# (number of the group, number of the condition in it)
Place = tuple[int, int]


def as_keys(definition: Definition) -> dict[str, Any]:
    """Return the definition as JSON with keys in place of ids; an id that is gone stays, and resolves nowhere."""
    raw = definition.as_json()
    for group, nodes in zip(raw["groups"], definition.groups, strict=True):
        for stored, node in zip(group["conditions"], nodes.conditions, strict=True):
            if node.about is not None and node.about.by_key is not None:
                names = {
                    one.value: one.key or one.label for one in node.about.named(definition.account_id, node.values)
                }
                stored["values"] = [names.get(value, value) for value in node.values]
    return raw


def resolve(raw: Any, account: Account) -> ParsedDefinition:
    """Make nodes of a keyed definition for one account; never raises.

    A key that the account does not have becomes a complaint that names both, and its condition fits no friend.
    """
    known, found = catalogue(account.id), read_drafts(raw)
    if found is None:
        return parse_definition(raw, known)
    drafts, exclusions = found
    keys = _look_up(drafts, known)
    parsed = read_groups([[_with_ids(one, keys) for one in group] for group in drafts], known, exclusions)
    missing: dict[Place, Text] = {}
    for at, group in enumerate(drafts):
        for number, one in enumerate(group):
            if (sentence := _missing(one, keys, known, account)) is not None:
                missing[at, number] = sentence
    return _name_missing(parsed, missing)


def _look_up(drafts: Sequence[Sequence[DraftCondition]], known: Catalogue) -> Keys:
    """Return the values of all keys, by name of property; one query for each property."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for one in (one for group in drafts for one in group):
        about = known.properties.get(one.property)
        if about is not None and about.by_key is not None:
            wanted[one.property].update(key for key in one.values if isinstance(key, str))
    return {name: known.properties[name].by_key(known.account_id, keys) for name, keys in wanted.items()}  # type: ignore[misc]


def _with_ids(draft: DraftCondition, keys: Keys) -> DraftCondition:
    """Put ids in place of keys; None for a key that is missing, since a name may look like an id."""
    if draft.property not in keys:
        return draft
    return replace(draft, values=tuple(_value(keys[draft.property], key) for key in draft.values))


def _value(found: Mapping[str, int | str], key: object) -> int | str | None:
    return found.get(key) if isinstance(key, str) else None


def _missing(draft: DraftCondition, keys: Keys, known: Catalogue, account: Account) -> Text | None:
    about = known.properties.get(draft.property)
    if about is None:
        if not draft.property.startswith(CUSTOM):
            return None
        key = draft.property.removeprefix(CUSTOM)
        return _l("%(account)s has no attribute with the key “%(key)s”.", account=account.name, key=key)
    if draft.property not in keys:
        return None
    for key in draft.values:
        if _value(keys[draft.property], key) is None:
            return _l("%(account)s has no “%(key)s” (%(what)s).", account=account.name, key=key, what=about.label)
    return None


def _name_missing(parsed: ParsedDefinition, missing: Mapping[Place, Text]) -> ParsedDefinition:
    """Replace the general problems of conditions with sentences that name the missing key."""
    groups = tuple(
        replace(group, conditions=_all_flagged(at, group, missing)) for at, group in enumerate(parsed.definition.groups)
    )
    complaints = tuple(_specific(one, missing) for one in parsed.complaints)
    return ParsedDefinition(replace(parsed.definition, groups=groups), complaints)


def _all_flagged(at: int, group: ConditionGroup, missing: Mapping[Place, Text]) -> tuple[Condition, ...]:
    return tuple(_flagged(one, missing.get((at, number))) for number, one in enumerate(group.conditions))


def _flagged(condition: Condition, sentence: Text | None) -> Condition:
    return condition if sentence is None else replace(condition, problem=sentence)


def _specific(complaint: Complaint, missing: Mapping[Place, Text]) -> Complaint:
    if complaint.group is None or complaint.condition is None:
        return complaint
    sentence = missing.get((complaint.group, complaint.condition))
    return complaint if sentence is None else replace(complaint, message=sentence)

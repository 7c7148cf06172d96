"""Why a branch was taken: each test and condition in words, whether it held, and on which value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core.i18n import Text, _, when
from app.friends.queries.tags import tags_on
from app.segments.conditions.definition import Condition, ConditionGroup, Definition, parse_stored
from app.segments.conditions.sentences import ConditionSentences
from app.workflows.actions.branching import BRANCH, SPLIT, holds_test, words_of_test
from app.workflows.actions.hours import HOURS, is_time_of
from app.workflows.definition.state import Arrival
from app.workflows.engine.loading import who_fits
from app.workflows.history.notes import shown

TAGS = "tag"


@dataclass(frozen=True)
class ConditionReason:
    """A sentence that held or not, and the value that was looked at; empty where that cannot be said in a word."""

    sentence: Text
    holds: bool
    value: Text = ""


@dataclass(frozen=True)
class BranchWay:
    """A branch that was looked at, and why it was taken or not."""

    label: Text
    is_taken: bool
    reasons: Sequence[ConditionReason]


def ways_of(arrival: Arrival, taken: str, values: Mapping[str, Any]) -> list[BranchWay]:
    """Return the branches in the order in which they were looked at, up to the one that was taken."""
    if arrival.node.kind == SPLIT:
        return [BranchWay(_("The same friend always gets the same part."), True, ())]
    if arrival.node.kind != BRANCH:
        return []
    found = []
    for branch in arrival.setting("branches") or ():
        is_taken = branch["name"] == taken
        found.append(BranchWay(branch.get("label", ""), is_taken, list(_reasons(branch, arrival, values))))
        if is_taken:
            break
    return found


def _reasons(branch: Mapping[str, Any], arrival: Arrival, values: Mapping[str, Any]) -> Iterator[ConditionReason]:
    stored = (branch.get("conditions") or {}).get(str(arrival.account_id))
    if stored is not None:
        yield from condition_reasons(stored, arrival.account_id, arrival.friend_id, values)
    if (hours := branch.get("hours")) in HOURS:
        yield ConditionReason(HOURS[hours], is_time_of(hours, arrival), when(arrival.now, "minute"))
    for test in branch.get("tests") or ():
        yield _of_test(test, arrival)


def condition_reasons(
    stored: Any, account_id: int, friend_id: int, values: Mapping[str, Any]
) -> Iterator[ConditionReason]:
    """Yield each condition of a definition, with whether it holds for the friend.

    Conditions that leave friends out are yielded together, with whether they do not leave the friend out.
    """
    definition = parse_stored(account_id, [stored])[0].definition
    sentences = ConditionSentences([definition])
    conditions = [one for group in definition.groups if not group.excludes for one in group.conditions]
    left_out = [group for group in definition.groups if group.excludes]
    alone = [ConditionGroup((one,)) for one in conditions] + [replace(group, excludes=False) for group in left_out]
    asked = [Definition(account_id, (group,)).as_json() for group in alone]
    fitting = [friend_id in people for people in who_fits(account_id, asked, [friend_id])]
    for one, holds in zip(conditions, fitting, strict=False):
        yield ConditionReason(sentences.condition(definition, one), holds, _value(one, friend_id, values))
    for group, holds in zip(left_out, fitting[len(conditions) :], strict=True):
        # One that cannot be used keeps everyone from fitting.
        words = _("but not: %(condition)s", condition=sentences.group(definition, group))
        value = _value(group.conditions[0], friend_id, values) if len(group.conditions) == 1 else ""
        yield ConditionReason(words, group.is_usable and not holds, value)


def _value(condition: Condition, friend_id: int, values: Mapping[str, Any]) -> Text:
    if condition.property_name == TAGS:
        names = [tag.name for tag in tags_on(friend_id)]
        return shown(names) if names else _("no tags")
    return shown(values[condition.property_name]) if condition.property_name in values else ""


def _of_test(test: Mapping[str, Any], arrival: Arrival) -> ConditionReason:
    source = arrival.trigger if test.get("source") == "trigger" else arrival.answers
    return ConditionReason(words_of_test(test), holds_test(test, arrival), shown(source.get(str(test.get("name")))))

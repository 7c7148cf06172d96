"""Texts of a workflow: beside what is known of friends they may name answers, and what the trigger told.

Hello {{display_name|you}}, a table for {{answer.people|two}} {{trigger.text|}}
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from app.core.i18n import _l
from app.core.values.dates import stored_date
from app.friends.models import AttributeKind
from app.messages.content.building import Builder
from app.messages.content.filling import Escape, Fillable, Values, unchanged
from app.messages.content.personal_text import PersonalValue, WrongPlace, names, parse
from app.messages.content.personal_values import PersonalValueType, personal_values, values_for
from app.messages.content.spelling import spelled_value
from app.workflows.definition.answers import answers_of
from app.workflows.definition.graph import Graph
from app.workflows.definition.kinds import TRIGGERS, NodeProblem
from app.workflows.engine.performing import Task

ANSWER, TRIGGER = "answer.", "trigger."
ANSWERS, TOLD = _l("Answers of this workflow"), _l("What the trigger told")
_OWN = re.compile(r"\{\{\s*((?:answer|trigger)\.[\w-]+)")


def own_types(graph: Graph) -> dict[str, PersonalValueType]:
    """Return the values that texts of this workflow may name and others may not, in the order of the picker."""
    found = {ANSWER + one: PersonalValueType(ANSWER + one, one, ANSWERS) for one in answers_of(graph)}
    for node in graph.nodes:
        kind = TRIGGERS.get(node.kind)
        for name, label in kind.tells(node).items() if kind else ():
            found.setdefault(TRIGGER + name, PersonalValueType(TRIGGER + name, label, TOLD))
    return found


def own_types_in(content: str) -> dict[str, PersonalValueType]:
    """Return the values of a workflow that a message set, as JSON, names."""
    found = _OWN.findall(content)
    return {name: PersonalValueType(name, name, ANSWERS) for name in dict.fromkeys(found)}


def own_values(trigger: Mapping[str, Any], answers: Mapping[str, Any], *, is_spelled: bool = True) -> dict[str, str]:
    """Return the texts of these values by name; spelled as people write them, or as programs do."""
    write = _spelled if is_spelled else _plain
    found = {ANSWER + name: write(value) for name, value in answers.items()}
    found |= {TRIGGER + name: write(value) for name, value in trigger.items()}
    return {name: text for name, text in found.items() if text}


def _plain(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return spelled_value(value, AttributeKind.YES_NO)
    if isinstance(value, int | float):
        return spelled_value(value, AttributeKind.NUMBER)
    if stored_date(value) is not None:
        return spelled_value(value, AttributeKind.DATE)
    return _plain(value)


def values_of(tasks: Sequence[Task], wanted: Collection[str], *, is_spelled: bool = True) -> dict[str, Values]:
    """Return what these names stand for, by the key of the task: of its friend and of its run."""
    people: defaultdict[int, set[int]] = defaultdict(set)
    for task in tasks:
        people[task.account_id].add(task.friend_id)
    known = {account_id: values_for(account_id, friend_ids, wanted) for account_id, friend_ids in people.items()}
    return {
        task.key: {
            **known[task.account_id][task.friend_id],
            **own_values(task.trigger, task.answers, is_spelled=is_spelled),
        }
        for task in tasks
    }


def names_in(source: str) -> set[str]:
    """Return the names in a text; none of one that cannot be read."""
    try:
        return names(parse(source))
    except WrongPlace:
        return set()


def filled(source: str, values: Values, limit: int, *, escape: Escape = unchanged, may_cut: bool = True) -> str:
    """Return a text with its values in their places; raises TooLong for one that must not be cut."""
    try:
        parts = tuple(one for one in parse(source) if isinstance(one, str | PersonalValue))
    except WrongPlace:
        parts = (source,)
    return Fillable(parts, limit, len, escape, may_cut).fill(values)


def builders(graph: Graph) -> Iterator[Builder]:
    """Yield for each account of the graph a builder that knows which values its texts may name."""
    own = own_types(graph)
    for account_id in graph.account_ids:
        yield Builder({}, {**personal_values(account_id), **own})


def problems_in(built: Sequence[Builder]) -> Iterator[NodeProblem]:
    """Yield what these builders complain of, each sentence of a field once; the field is the first part of its path."""
    told = {(one.path.partition(".")[0], str(one.message)) for builder in built for one in builder.problems}
    yield from (NodeProblem(message, field) for field, message in sorted(told))

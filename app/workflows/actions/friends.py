"""Actions that change a friend: tags and attributes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text, _, _l
from app.core.values.errors import WrongValue
from app.friends.models import Friend, Tag
from app.friends.operations.store_values import store_values
from app.friends.operations.tagging import add_tags_many, remove_tags_many
from app.friends.queries.attributes import attribute_definitions
from app.friends.queries.tags import tags_by_id
from app.friends.sources import Source
from app.friends.values import Field, fields
from app.workflows.definition.decisions import Decision, Do, Effect, Fail
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import ACTIONS, WITH_ERROR, ActionNodeKind, NodeCategory, NodeProblem, always
from app.workflows.definition.state import Arrival
from app.workflows.engine.performing import Done, Failed, Outcome, Performer, Task, performer, workflow_actor
from app.workflows.named import check_tags, names_of_fields, names_of_rows

TAG, ATTRIBUTE = "tag", "attribute"
SOURCE = "workflow"
VALUE_CHANGES: dict[str, Text] = {
    "set": _l("Set a value"),
    "add": _l("Add to the number that is there"),
    "answer": _l("Store an answer of the friend"),
    "clear": _l("Clear the value"),
}


@dataclass(frozen=True)
class ChangeTags(Effect):
    """Put tags on the friend, or take them off."""

    tag_ids: tuple[int, ...]
    is_added: bool


@dataclass(frozen=True)
class SetValue(Effect):
    """Store a value in a field of the friend; None empties it. `is_added`: the number is added to what is there."""

    field: str
    value: Any
    is_added: bool = False


def _decide_tag(arrival: Arrival) -> Decision:
    tag_ids = tuple(arrival.of_account("tags", ()))
    if not tag_ids:
        return Fail("workflows.tag_gone")
    return Do(ChangeTags(tag_ids, arrival.setting("change") != "remove"))


def _change_tags(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    groups: defaultdict[tuple[int, int, bool], list[Task]] = defaultdict(list)
    for task in tasks:
        groups[task.account_id, task.workflow_id, task.effect.is_added].append(task)
    for (account_id, workflow_id, is_added), some in sorted(groups.items()):
        known = {
            tag.id: tag.name for tag in tags_by_id(account_id, {one for task in some for one in task.effect.tag_ids})
        }
        pairs = [(task.friend_id, one) for task in some for one in task.effect.tag_ids if one in known]
        change = add_tags_many if is_added else remove_tags_many
        actor = workflow_actor(workflow_id, account_id, some[0].workflow_name)
        change(account_id, pairs, source=_source(some[0]), actor=actor)
        told = {
            wanted: _told([known[one] for one in wanted if one in known])
            for wanted in {task.effect.tag_ids for task in some}
        }
        outcomes.update((task.key, told[task.effect.tag_ids]) for task in some)
    return outcomes


def _told(names: list[str]) -> Outcome:
    return Done({"tags": names}) if names else Failed("workflows.tag_gone")


def _source(task: Task) -> Source:
    return Source(SOURCE, str(task.workflow_id), task.workflow_name)


def _decide_attribute(arrival: Arrival) -> Decision:
    field, change = str(arrival.setting("field", "")), arrival.setting("change", "set")
    if change == "clear":
        return Do(SetValue(field, None))
    if change == "answer":
        return Do(SetValue(field, arrival.answers.get(str(arrival.setting("answer")))))
    return Do(SetValue(field, arrival.setting("value"), is_added=change == "add"))


def _check_attribute(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    name, change = node.settings.get("field"), node.settings.get("change", "set")
    if not name:
        yield NodeProblem(_l("Choose the attribute."), "field")
        return
    for account_id in account_ids:
        field = _fields(account_id).get(name)
        if field is None:
            yield NodeProblem(_l("The attribute of this step has been deleted. Choose another one."), "field")
        elif change in ("set", "add"):
            yield from _check_value(field, node.settings.get("value"), change)
    if change == "answer" and not node.settings.get("answer"):
        yield NodeProblem(_l("Choose whose answer is stored."), "answer")


def _check_value(field: Field, value: Any, change: str) -> Iterable[NodeProblem]:
    if change == "add" and field.kind != "number":
        yield NodeProblem(_l("Only a number can be added to."), "change")
    try:
        if field.clean(value) is None:
            yield NodeProblem(_l("Enter the value."), "value")
    except WrongValue as error:
        yield NodeProblem(error.message, "value")


def _fields(account_id: int) -> dict[str, Field]:
    return fields(attribute_definitions(account_id))


def _set_values(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    groups: defaultdict[tuple[int, int, str], list[Task]] = defaultdict(list)
    for task in tasks:
        groups[task.account_id, task.workflow_id, task.effect.field].append(task)
    for (account_id, _workflow_id, name), some in sorted(groups.items()):
        values, told = checked_values(account_id, name, some)
        outcomes |= told
        if values:
            stored = {friend_id: {name: value} for friend_id, value in values.items()}
            store_values(account_id, stored, _fields(account_id), source=_source(some[0]))
    return outcomes


def checked_values(account_id: int, name: str, tasks: Sequence[Task]) -> tuple[dict[int, Any], dict[str, Outcome]]:
    """Return the values to store in a field by friend, and what becomes of each task by key."""
    known, outcomes, values = _fields(account_id), dict[str, Outcome](), dict[int, Any]()
    present = _numbers(name, [task.friend_id for task in tasks if task.effect.is_added])
    for task in tasks:
        try:
            values[task.friend_id] = _cleaned(known, name, task.effect, present.get(task.friend_id))
        except WrongValue as error:
            outcomes[task.key] = Failed("workflows.wrong_value", {"why": str(error.message)})
        else:
            outcomes[task.key] = Done({"field": name, "value": values[task.friend_id]})
    return values, outcomes


def _cleaned(known: Mapping[str, Field], name: str, effect: SetValue, present: Any) -> Any:
    if name not in known:
        raise WrongValue(_("There is no such field."))
    value = known[name].clean(effect.value)
    if not effect.is_added or value is None:
        return value
    return (present if isinstance(present, int | float) and not isinstance(present, bool) else 0) + value


def _numbers(name: str, friend_ids: Sequence[int]) -> dict[int, Any]:
    if not friend_ids:
        return {}
    key = name.removeprefix("attributes.")
    rows = db.session.execute(select(Friend.id, Friend.attributes[key]).where(Friend.id.in_(friend_ids)))
    return {row[0]: row[1] for row in rows}


def _tag_summary(node: Node) -> Text:
    return _l("Remove tags") if node.settings.get("change") == "remove" else _l("Add tags")


performer(ChangeTags, Performer(inside=_change_tags))
performer(SetValue, Performer(inside=_set_values))
for _kind in (
    ActionNodeKind(
        name=TAG,
        label=_l("Tag"),
        about=_l("Puts tags on the friend or takes them off"),
        also=_l("label group"),
        rank=6,
        category=NodeCategory.BASIC,
        icon="tag",
        decide=_decide_tag,
        decides_alike=always,
        check=check_tags,
        summary=_tag_summary,
        names=names_of_rows("tags", Tag),
        exits=lambda _node: WITH_ERROR,
    ),
    ActionNodeKind(
        name=ATTRIBUTE,
        label=_l("Update attribute"),
        about=_l("Keeps a fact of the friend, such as an answer"),
        also=_l("field value custom field"),
        rank=7,
        category=NodeCategory.BASIC,
        icon="forms",
        decide=_decide_attribute,
        decides_alike=lambda node: node.settings.get("change") != "answer",
        check=_check_attribute,
        summary=lambda node: VALUE_CHANGES.get(str(node.settings.get("change")), ""),
        names=names_of_fields,
        exits=lambda _node: WITH_ERROR,
    ),
):
    ACTIONS.add(_kind.name, _kind)

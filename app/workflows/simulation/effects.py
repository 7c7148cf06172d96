"""Pretend the effects of steps on the copies of friends, kind by kind, as performers do them in earnest."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Conflict
from app.friends.queries.tags import tags_by_id
from app.messages.content import message_set
from app.messages.content.filling import TooLong
from app.messages.content.message_set import UnreadableSet
from app.messages.content.personal_values import values_for
from app.messages.conversations.models import Conversation, Owner
from app.messages.sending.additions import Additions
from app.messages.sending.rendering import ready
from app.workflows.actions.asking import TakeAnswer, answers_taken
from app.workflows.actions.flow import STARTED_BY_WORKFLOW, StartWorkflow, is_listening, started_by
from app.workflows.actions.friends import SOURCE, ChangeTags, SetValue, checked_values
from app.workflows.actions.notifying import NotifyMembers, chosen_among, readers_of
from app.workflows.actions.rich_menus import ShowMenu, menu_to_show
from app.workflows.actions.sending import SendMessages, is_automatic_answer
from app.workflows.actions.waiting import WAIT_FOR_EVENT
from app.workflows.actions.webhooks import SendWebhook
from app.workflows.definition.decisions import Effect
from app.workflows.definition.graph import NEXT, Graph
from app.workflows.definition.kinds import triggers_of
from app.workflows.engine.happenings import QUESTION_ANSWERED, Happening
from app.workflows.engine.performing import Done, Failed, Outcome, Task, by_kind
from app.workflows.simulation import world
from app.workflows.texts import own_types_in, own_values
from app.workflows.triggers.friends import (
    ATTRIBUTE_CHANGED,
    TAG_ADDED,
    TAG_REMOVED,
    fields_changed,
    tag_changed,
)

Outcomes = dict[str, Outcome]
# Where the note of a step keeps LINE's JSON of what would be sent, and the host to which would be posted.
MESSAGES, HOST = "would_send", "would_post"
# What becomes of a message that is left to a person who answers.
LEFT_TO_PERSON = Done({"person_answers": True}, result="skipped")


def heard_kinds(graph: Graph) -> set[str]:
    """Return the kinds of events that start the workflow, or for which its runs wait."""
    triggers = {node.kind for node in triggers_of(graph) if graph.after(node, NEXT) is not None}
    return triggers | {str(node.settings.get("event")) for node in graph.nodes if node.kind == WAIT_FOR_EVENT}


class Told:
    """What the effects of a workflow would tell it, by key of the task; of the kinds alone to which it listens."""

    def __init__(self, graph: Graph) -> None:
        self.kinds = heard_kinds(graph)
        self.by_task: defaultdict[str, list[Happening]] = defaultdict(list)

    def add(self, task: Task, happening: Happening) -> None:
        """Note what would be told because of the task."""
        self.by_task[task.key].append(happening)


Pretence = Callable[[Sequence[Task], Told], Outcomes]


def pretend(tasks: Sequence[Task], told: Told) -> Outcomes:
    """Pretend these effects; returns what became of each, by key."""
    outcomes: Outcomes = {}
    for kind, some in by_kind(tasks).items():
        outcomes |= PRETENCES[kind](some, told)
    return outcomes


def _change_tags(tasks: Sequence[Task], told: Told) -> Outcomes:
    outcomes: Outcomes = {}
    groups: defaultdict[tuple[int, bool], list[Task]] = defaultdict(list)
    for task in tasks:
        groups[task.account_id, task.effect.is_added].append(task)
    for (account_id, is_added), some in groups.items():
        wanted = {one for task in some for one in task.effect.tag_ids}
        known = {tag.id: tag.name for tag in tags_by_id(account_id, wanted)}
        pairs = [(task.friend_id, one) for task in some for one in task.effect.tag_ids if one in known]
        changed = world.change_tags(pairs, is_added=is_added)
        kind = TAG_ADDED if is_added else TAG_REMOVED
        if kind in told.kinds:
            _tell_tags(some, kind, changed, told)
        for task in some:
            names = [known[one] for one in task.effect.tag_ids if one in known]
            outcomes[task.key] = Done({"tags": names}) if names else Failed("workflows.tag_gone")
    return outcomes


def _tell_tags(tasks: Sequence[Task], kind: str, changed: set[tuple[int, int]], told: Told) -> None:
    """Tell each change once, also where two steps of a friend make it at the same time."""
    for task in tasks:
        for tag_id in task.effect.tag_ids:
            if (task.friend_id, tag_id) in changed:
                changed.remove((task.friend_id, tag_id))
                told.add(task, tag_changed(kind, tag_id, task.account_id, task.friend_id, SOURCE, task.key))


def _set_values(tasks: Sequence[Task], told: Told) -> Outcomes:
    outcomes: Outcomes = {}
    groups: defaultdict[tuple[int, str], list[Task]] = defaultdict(list)
    for task in tasks:
        groups[task.account_id, task.effect.field].append(task)
    for (account_id, name), some in groups.items():
        values, checked = checked_values(account_id, name, some)
        outcomes |= checked
        changed = world.set_values(name, values) if values else set[int]()
        for task in some if ATTRIBUTE_CHANGED in told.kinds else ():
            if task.friend_id in changed:
                changed.remove(task.friend_id)
                told.add(task, fields_changed([name], account_id, task.friend_id, SOURCE, task.key))
    return outcomes


def _take_answers(tasks: Sequence[Task], told: Told) -> Outcomes:
    stored = [one._replace(effect=SetValue(one.effect.field, one.effect.value)) for one in tasks if one.effect.field]
    outcomes: Outcomes = {one.key: Done() for one in tasks if not one.effect.field}
    outcomes |= _set_values(stored, told)
    kept = [one for one in tasks if isinstance(outcomes[one.key], Done)]
    last: dict[tuple[int, str, int], Mapping[str, Any]] = {}
    for one in kept:
        place = one.workflow_id, one.effect.name, one.friend_id
        last[place] = dict(zip(("workflow_id", "name", "friend_id"), place, strict=True), value=one.effect.value)
    world.keep_answer_rows(list(last.values()))
    if kept and QUESTION_ANSWERED in told.kinds:
        for one, happening in zip(kept, answers_taken(kept), strict=True):
            told.add(one, happening)
    return outcomes


def _send(tasks: Sequence[Task], _told: Told) -> Outcomes:
    left = left_to_people({task.friend_id for task in tasks if is_automatic_answer(task)})
    return {task.key: LEFT_TO_PERSON if task.friend_id in left else _rendered(task) for task in tasks}


def left_to_people(friend_ids: Collection[int]) -> set[int]:
    """Return those of these friends whom a person answers."""
    mine = Conversation.friend_id.in_(friend_ids), Conversation.owner == Owner.PERSON
    return set(db.session.scalars(select(Conversation.friend_id).where(*mine))) if friend_ids else set()


def _rendered(task: Task) -> Outcome:
    """Make the messages as the friend would get them."""
    effect = task.effect
    additions = Additions(own_types_in(effect.content), {}, effect.lenders)
    try:
        read = message_set.read(json.loads(effect.content))
        built = ready(task.account_id, read, is_for_group=False, additions=additions)
        known = values_for(task.account_id, [task.friend_id], built.ready.names)[task.friend_id]
        messages = built.ready.messages({**known, **own_values(task.trigger, task.answers)})
    except (Conflict, UnreadableSet) as error:
        return Failed("workflows.bad_message", {"why": str(error)})
    except TooLong:
        return Failed("messages.too_long")
    return Done({MESSAGES: messages})


def _show_menus(tasks: Sequence[Task], _told: Told) -> Outcomes:
    return {task.key: menu_to_show(task.account_id, task.effect.menu_id) for task in tasks}


def _post(tasks: Sequence[Task], _told: Told) -> Outcomes:
    return {task.key: Done({HOST: task.effect.url.partition("://")[2].partition("/")[0]}) for task in tasks}


def _notify(tasks: Sequence[Task], _told: Told) -> Outcomes:
    outcomes: Outcomes = {}
    readers = {account_id: readers_of(account_id) for account_id in {task.account_id for task in tasks}}
    for task in tasks:
        members = chosen_among(readers[task.account_id], task.effect)
        labels = [one.label for one in members]
        outcomes[task.key] = Done({"members": labels}) if labels else Failed("workflows.no_recipient")
    return outcomes


def _start(tasks: Sequence[Task], told: Told) -> Outcomes:
    mine = [task for task in tasks if task.effect.workflow_id == task.workflow_id]
    started = is_listening([task for task in tasks if task.effect.workflow_id != task.workflow_id])
    if STARTED_BY_WORKFLOW in told.kinds:
        for task in mine:
            told.add(task, started_by(task))
        started |= {task.key for task in mine}
    return {
        task.key: Done({"workflow": task.effect.workflow_id})
        if task.key in started
        else Failed("workflows.not_listening")
        for task in tasks
    }


PRETENCES: dict[type[Effect], Pretence] = {
    ChangeTags: _change_tags,
    SetValue: _set_values,
    TakeAnswer: _take_answers,
    SendMessages: _send,
    ShowMenu: _show_menus,
    SendWebhook: _post,
    NotifyMembers: _notify,
    StartWorkflow: _start,
}


def register_pretence(kind: type[Effect], pretence: Pretence) -> None:
    """Register how effects of a kind of an upper layer are pretended; raises ValueError for a kind that has a way."""
    if kind in PRETENCES:
        raise ValueError(f"{kind.__name__} has a pretence.")
    PRETENCES[kind] = pretence

"""Pretend the effects of steps on the copies of friends, kind by kind, as performers do them in earnest."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.core.errors import Conflict
from app.friends.queries.tags import tags_by_id
from app.messages.content import message_set
from app.messages.content.filling import TooLong
from app.messages.content.message_set import UnreadableSet
from app.messages.content.personal_values import values_for
from app.messages.sending.additions import Additions
from app.messages.sending.rendering import ready
from app.workflows.actions.asking import TakeAnswer
from app.workflows.actions.flow import StartWorkflow, is_listening
from app.workflows.actions.friends import ChangeTags, SetValue, checked_values
from app.workflows.actions.notifying import NotifyMembers, chosen_among, readers_of
from app.workflows.actions.rich_menus import ShowMenu, menu_to_show
from app.workflows.actions.sending import SendMessages
from app.workflows.actions.webhooks import SendWebhook
from app.workflows.definition.decisions import Effect
from app.workflows.engine.performing import Done, Failed, Outcome, Task, by_kind
from app.workflows.simulation import world
from app.workflows.texts import own_types_in, own_values

Outcomes = dict[str, Outcome]
Pretence = Callable[[Sequence[Task]], Outcomes]
# Where the note of a step keeps LINE's JSON of what would be sent, and the host to which would be posted.
MESSAGES, HOST = "would_send", "would_post"


def pretend(tasks: Sequence[Task]) -> Outcomes:
    """Pretend these effects; returns what became of each, by key."""
    outcomes: Outcomes = {}
    for kind, some in by_kind(tasks).items():
        outcomes |= PRETENCES[kind](some)
    return outcomes


def _change_tags(tasks: Sequence[Task]) -> Outcomes:
    outcomes: Outcomes = {}
    groups: defaultdict[tuple[int, bool], list[Task]] = defaultdict(list)
    for task in tasks:
        groups[task.account_id, task.effect.is_added].append(task)
    for (account_id, is_added), some in groups.items():
        wanted = {one for task in some for one in task.effect.tag_ids}
        known = {tag.id: tag.name for tag in tags_by_id(account_id, wanted)}
        pairs = [(task.friend_id, one) for task in some for one in task.effect.tag_ids if one in known]
        world.change_tags(pairs, is_added=is_added)
        for task in some:
            names = [known[one] for one in task.effect.tag_ids if one in known]
            outcomes[task.key] = Done({"tags": names}) if names else Failed("workflows.tag_gone")
    return outcomes


def _set_values(tasks: Sequence[Task]) -> Outcomes:
    outcomes: Outcomes = {}
    groups: defaultdict[tuple[int, str], list[Task]] = defaultdict(list)
    for task in tasks:
        groups[task.account_id, task.effect.field].append(task)
    for (account_id, name), some in groups.items():
        values, told = checked_values(account_id, name, some)
        outcomes |= told
        if values:
            world.set_values(name, values)
    return outcomes


def _take_answers(tasks: Sequence[Task]) -> Outcomes:
    stored = [one._replace(effect=SetValue(one.effect.field, one.effect.value)) for one in tasks if one.effect.field]
    outcomes: Outcomes = {one.key: Done() for one in tasks if not one.effect.field}
    outcomes |= _set_values(stored)
    last: dict[tuple[int, str, int], Mapping[str, Any]] = {}
    for one in tasks:
        if isinstance(outcomes[one.key], Done):
            place = one.workflow_id, one.effect.name, one.friend_id
            last[place] = dict(zip(("workflow_id", "name", "friend_id"), place, strict=True), value=one.effect.value)
    world.keep_answer_rows(list(last.values()))
    return outcomes


def _send(tasks: Sequence[Task]) -> Outcomes:
    return {task.key: _rendered(task) for task in tasks}


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


def _show_menus(tasks: Sequence[Task]) -> Outcomes:
    return {task.key: menu_to_show(task.account_id, task.effect.menu_id) for task in tasks}


def _post(tasks: Sequence[Task]) -> Outcomes:
    return {task.key: Done({HOST: task.effect.url.partition("://")[2].partition("/")[0]}) for task in tasks}


def _notify(tasks: Sequence[Task]) -> Outcomes:
    outcomes: Outcomes = {}
    readers = {account_id: readers_of(account_id) for account_id in {task.account_id for task in tasks}}
    for task in tasks:
        members = chosen_among(readers[task.account_id], task.effect)
        labels = [one.label for one in members]
        outcomes[task.key] = Done({"members": labels}) if labels else Failed("workflows.no_recipient")
    return outcomes


def _start(tasks: Sequence[Task]) -> Outcomes:
    listening = is_listening(tasks)
    return {
        task.key: Done({"workflow": task.effect.workflow_id})
        if task.key in listening
        else Failed("workflows.not_listening")
        for task in tasks
    }


PRETENCES: Mapping[type[Effect], Pretence] = {
    ChangeTags: _change_tags,
    SetValue: _set_values,
    TakeAnswer: _take_answers,
    SendMessages: _send,
    ShowMenu: _show_menus,
    SendWebhook: _post,
    NotifyMembers: _notify,
    StartWorkflow: _start,
}

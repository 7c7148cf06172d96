"""The action that sets the status of the conversation with the friend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.chat.filters import STATUSES
from app.chat.operations.of_friends import set_status_of
from app.chat.steps import words
from app.chat.steps.batches import friends_of, held_together, together
from app.core.i18n import Text, _, _l
from app.messages.conversations.models import ConversationStatus
from app.team.permissions import Permission
from app.workflows.definition.decisions import Decision, Do, Effect
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import ACTIONS, ActionNodeKind, NodeCategory, NodeProblem, always
from app.workflows.definition.state import Arrival
from app.workflows.engine.performing import Done, Outcome, Performer, Task, performer
from app.workflows.simulation import world
from app.workflows.simulation.effects import Told, register_pretence

SET_STATUS = words.STATUS
# The setting that holds the status, and what the history notes of it.
STATUS = words.STATUS


@dataclass(frozen=True)
class SetStatus(Effect):
    """Set the status of the conversation."""

    status: ConversationStatus


def _decide(arrival: Arrival) -> Decision:
    return Do(SetStatus(ConversationStatus(arrival.setting(STATUS, ConversationStatus.TO_DO))))


def _set(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    for account_id, actor, some in held_together(tasks):
        set_status_of(account_id, friends_of(some), some[0].effect.status, actor=actor)
    return _done(tasks)


def _pretend(tasks: Sequence[Task], _told: Told) -> dict[str, Outcome]:
    for _account_id, _actor, some in together(tasks):
        world.change_conversations(friends_of(some), status=some[0].effect.status.value)
    return _done(tasks)


def _done(tasks: Sequence[Task]) -> dict[str, Outcome]:
    return {task.key: Done({STATUS: task.effect.status.value}) for task in tasks}


def _check(node: Node, _account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    if node.settings.get(STATUS) not in STATUSES:
        yield NodeProblem(_l("Choose the status."), STATUS)


def _summary(node: Node) -> Text:
    status = STATUSES.get(str(node.settings.get(STATUS)))
    return _("Set the status to “%(status)s”", status=status) if status else ""


performer(SetStatus, Performer(inside=_set))
register_pretence(SetStatus, _pretend)
ACTIONS.add(
    SET_STATUS,
    ActionNodeKind(
        name=SET_STATUS,
        label=_l("Set conversation status"),
        about=_l("Marks the conversation as To Do, Done or neither"),
        rank=1,
        category=NodeCategory.CHAT,
        icon="checkbox",
        decide=_decide,
        decides_alike=always,
        check=_check,
        summary=_summary,
        permission=Permission.CHAT,
    ),
)

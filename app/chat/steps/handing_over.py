"""The action that hands the conversation with the friend over to a person, whom automatic messages leave it to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.chat.operations.of_friends import Assignment, add_notes_of, assign_of, hand_over_of
from app.chat.steps.assigning import (
    ASSIGNEES,
    GONE,
    Assign,
    assign_effect,
    assignment_of,
    check_assignees,
    labels_of,
    noted,
)
from app.chat.steps.batches import friends_of, held_together, together
from app.chat.steps.noting import check_text, texts_for
from app.chat.steps.words import ALREADY, HANDED_OVER, NOW, WRITTEN
from app.chat.told import FIRST, MEMBER
from app.core.i18n import Text, _l
from app.messages.conversations.models import Owner
from app.team.actors import Actor
from app.team.permissions import Permission
from app.workflows.definition.decisions import Decision, Do, Effect, Fail
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import ACTIONS, WITH_ERROR, ActionNodeKind, NodeCategory, NodeProblem, always
from app.workflows.definition.state import Arrival
from app.workflows.engine.performing import Done, Failed, Outcome, Performer, Task, performer
from app.workflows.named import names_by
from app.workflows.simulation import world
from app.workflows.simulation.effects import Told, left_to_people, register_pretence

HAND_OVER = "hand_over"
KEEP = "keep"
WHOM: dict[str, Text] = {
    KEEP: _l("Leave the assignee as it is"),
    MEMBER: _l("A member"),
    FIRST: _l("The member who answers first"),
}


@dataclass(frozen=True)
class HandOver(Effect):
    """Let a person answer; `assign` and `note` are done with it where they are set."""

    assign: Assign | None
    note: str


def _decide(arrival: Arrival) -> Decision:
    keeps = arrival.setting("to", KEEP) == KEEP
    assign = None if keeps else assign_effect(arrival)
    if assign is None and not keeps:
        return Fail(GONE)
    return Do(HandOver(assign, str(arrival.setting("note") or "").strip()))


def _hand_over(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    for account_id, actor, some in held_together(tasks):
        assignment, is_gone = _assignment(account_id, some[0].effect)
        if is_gone:
            outcomes |= dict.fromkeys([task.key for task in some], Failed(GONE))
            continue
        before = hand_over_of(account_id, friends_of(some), actor=actor)
        outcomes |= _outcomes(some, before, assignment, _write(account_id, some, assignment, actor))
    return outcomes


def _write(account_id: int, tasks: Sequence[Task], assignment: Assignment | None, actor: Actor) -> Mapping[int, str]:
    """Assign and note what the step says; returns the notes by friend."""
    if assignment is not None:
        assign_of(account_id, friends_of(tasks), assignment, actor=actor)
    texts = texts_for(tasks, tasks[0].effect.note)
    if texts:
        add_notes_of(account_id, texts, actor=actor)
    return texts


def _pretend(tasks: Sequence[Task], _told: Told) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    for account_id, _actor, some in together(tasks):
        assignment, is_gone = _assignment(account_id, some[0].effect)
        if is_gone:
            outcomes |= dict.fromkeys([task.key for task in some], Failed(GONE))
            continue
        before = left_to_people(friends_of(some))
        assigned = {"assignee_id": assignment.member_id} if assignment else {}
        world.change_conversations(friends_of(some), owner=Owner.PERSON.value, **assigned)
        outcomes |= _outcomes(some, before, assignment, texts_for(some, some[0].effect.note))
    return outcomes


def _assignment(account_id: int, effect: HandOver) -> tuple[Assignment | None, bool]:
    """Return to whom the conversation is assigned, and whether that member cannot answer any more."""
    found = assignment_of(account_id, effect.assign) if effect.assign else None
    return found, effect.assign is not None and found is None


def _outcomes(
    tasks: Sequence[Task], before: set[int], assignment: Assignment | None, texts: Mapping[int, str]
) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    for task in tasks:
        note: dict[str, Any] = {HANDED_OVER: ALREADY if task.friend_id in before else NOW}
        note |= noted(assignment) if assignment else {}
        note |= {WRITTEN: texts[task.friend_id]} if task.friend_id in texts else {}
        outcomes[task.key] = Done(note)
    return outcomes


def _check_within(graph: Graph, node: Node) -> Iterable[NodeProblem]:
    return check_text(graph, node, "note")


def _summary(node: Node) -> Text:
    if node.settings.get("to") == MEMBER:
        return _l("Hand over, and assign to")
    if node.settings.get("to") == FIRST:
        return _l("Hand over to the member who answers first")
    return _l("Automatic messages stop until a member gives the conversation back")


performer(HandOver, Performer(inside=_hand_over))
register_pretence(HandOver, _pretend)
ACTIONS.add(
    HAND_OVER,
    ActionNodeKind(
        name=HAND_OVER,
        label=_l("Hand over to a person"),
        about=_l("Stops automatic messages to the friend and asks for a member"),
        rank=4,
        category=NodeCategory.CHAT,
        icon="headset",
        decide=_decide,
        decides_alike=always,
        check=check_assignees,
        check_within=_check_within,
        summary=_summary,
        names=names_by(ASSIGNEES, labels_of),
        exits=lambda _node: WITH_ERROR,
        permission=Permission.CHAT,
        hands_over=True,
    ),
)

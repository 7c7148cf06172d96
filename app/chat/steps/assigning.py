"""The action that puts a member in charge of the conversation with the friend, or no one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.chat.operations.of_friends import Assignment, assign_of
from app.chat.queries.people import answering_members
from app.chat.settings.queries import settings_of_account
from app.chat.steps.batches import friends_of, held_together, together
from app.chat.steps.words import ASSIGNED_TO
from app.chat.told import FIRST, MEMBER, NO_ONE
from app.core import error_messages
from app.core.db import db
from app.core.i18n import Text, _, _l
from app.line.models import Account
from app.team.models import Member, MemberState
from app.team.permissions import Permission
from app.workflows.definition.decisions import Decision, Do, Effect, Fail
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import ACTIONS, WITH_ERROR, ActionNodeKind, NodeCategory, NodeProblem, always
from app.workflows.definition.state import Arrival
from app.workflows.engine.performing import Done, Failed, Outcome, Performer, Task, performer
from app.workflows.named import names_by
from app.workflows.simulation import world
from app.workflows.simulation.effects import Told, register_pretence

ASSIGN = "assign_conversation"
# The setting that holds the member of each account.
ASSIGNEES = "assignees"
WHOM: dict[str, Text] = {
    MEMBER: _l("A member"),
    NO_ONE: _l("No one"),
    FIRST: _l("The member who answers first"),
}
GONE = "chat.assignee_gone"
error_messages.register({GONE: _l("The member of this step may not use the chat of this account any more.")})


@dataclass(frozen=True)
class Assign(Effect):
    """Give the conversation to a member, to no one, or to the first who answers."""

    to: str
    member_id: int | None = None


def assign_effect(arrival: Arrival) -> Assign | None:
    """Return to whom the step gives the conversation; None where the account has no member chosen."""
    if arrival.setting("to") != MEMBER:
        return Assign(FIRST if arrival.setting("to") == FIRST else NO_ONE)
    member_id = arrival.of_account(ASSIGNEES)
    return Assign(MEMBER, member_id) if isinstance(member_id, int) else None


def _decide(arrival: Arrival) -> Decision:
    effect = assign_effect(arrival)
    return Do(effect) if effect else Fail(GONE)


def assignment_of(account_id: int, effect: Assign) -> Assignment | None:
    """Return the effect with the member's name; None where the member may not answer there any more."""
    if effect.to != MEMBER:
        return Assignment(effect.to)
    found = next((one for one in answering_members([account_id]) if one.id == effect.member_id), None)
    return Assignment(MEMBER, found.id, found.label) if found else None


def noted(assignment: Assignment) -> dict[str, Any]:
    """Return what the history keeps of it."""
    return {ASSIGNED_TO: assignment.to, "assignee": assignment.name}


def _assign(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    for account_id, actor, some in held_together(tasks):
        assignment = assignment_of(account_id, some[0].effect)
        if assignment is not None:
            assign_of(account_id, friends_of(some), assignment, actor=actor)
        outcomes |= _outcomes(some, assignment)
    return outcomes


def _pretend(tasks: Sequence[Task], _told: Told) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    for account_id, _actor, some in together(tasks):
        assignment = assignment_of(account_id, some[0].effect)
        if assignment is not None:
            world.change_conversations(friends_of(some), assignee_id=assignment.member_id)
        outcomes |= _outcomes(some, assignment)
    return outcomes


def _outcomes(tasks: Sequence[Task], assignment: Assignment | None) -> dict[str, Outcome]:
    outcome: Outcome = Done(noted(assignment)) if assignment else Failed(GONE)
    return {task.key: outcome for task in tasks}


def check_assignees(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    """Tell for which accounts a member is missing or cannot answer, and where none is assigned by an answer."""
    if node.settings.get("to") == FIRST and not all(
        settings_of_account(one).assigns_first_answer for one in account_ids
    ):
        words = _l("An account does not assign the member who answers first, so that no one is assigned there.")
        yield NodeProblem(words, "to", is_warning=True)
    if node.settings.get("to") != MEMBER:
        return
    for account_id in account_ids:
        member_id = (node.settings.get(ASSIGNEES) or {}).get(str(account_id))
        if not member_id:
            yield NodeProblem(_l("Choose the member."), ASSIGNEES)
        elif (problem := _why_not(member_id, account_id)) is not None:
            yield NodeProblem(problem, ASSIGNEES)


def _why_not(member_id: int, account_id: int) -> Text | None:
    member = db.session.get(Member, member_id)
    if member is None or member.state != MemberState.ACTIVE:
        return _l("The member of this step is no longer in the team. Choose another one.")
    if member_id in {one.id for one in answering_members([account_id])}:
        return None
    account = db.session.get_one(Account, account_id)
    return _(
        "%(member)s may not use the chat of %(account)s. Choose another member.",
        member=member.label,
        account=account.name,
    )


def labels_of(ids: Collection[int], _account_ids: Sequence[int] = ()) -> Mapping[int, str]:
    """Return the names of these members by id."""
    found = db.session.scalars(select(Member).where(Member.id.in_(ids))) if ids else ()
    return {one.id: one.label for one in found}


def _summary(node: Node) -> Text:
    if node.settings.get("to") == NO_ONE:
        return _l("Take the assignee off")
    if node.settings.get("to") == FIRST:
        return _l("Leave it to the member who answers first")
    return _l("Assign to")


performer(Assign, Performer(inside=_assign))
register_pretence(Assign, _pretend)
ACTIONS.add(
    ASSIGN,
    ActionNodeKind(
        name=ASSIGN,
        label=_l("Assign conversation"),
        about=_l("Puts a member in charge of the conversation, or no one"),
        rank=2,
        category=NodeCategory.CHAT,
        icon="user-check",
        decide=_decide,
        decides_alike=always,
        check=check_assignees,
        summary=_summary,
        names=names_by(ASSIGNEES, labels_of),
        exits=lambda _node: WITH_ERROR,
        permission=Permission.CHAT,
    ),
)

"""What workflows decide about conversations with friends, for many at once; one begins where there is none."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func

from app.chat.notes.queries import NOTE
from app.chat.told import ASSIGNED, HANDED_OVER, NO_ONE, STATUS_SET
from app.core.clock import now
from app.messages.conversations.models import Conversation, ConversationStatus, Owner
from app.messages.conversations.of_friends import change_conversations, hold_conversations, tell_in_threads
from app.messages.conversations.timers import wait_for_person
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission


@dataclass(frozen=True)
class Assignment:
    """To whom conversations are given: a MEMBER with id and name, NO_ONE, or the FIRST who answers."""

    to: str = NO_ONE
    member_id: int | None = None
    name: str = ""


@operation(Permission.CHAT)
def set_status_of(account_id: int, friend_ids: Collection[int], status: ConversationStatus, *, actor: Actor) -> None:
    """Set what the team has to do about the conversations with these friends."""
    changed = [row.id for row in hold_conversations(account_id, friend_ids) if row.status != status]
    change_conversations(changed, status=status.value)
    tell_in_threads({one: {"status": status.value} for one in changed}, STATUS_SET, actor=actor)


@operation(Permission.CHAT)
def assign_of(account_id: int, friend_ids: Collection[int], assignment: Assignment, *, actor: Actor) -> None:
    """Put a member in charge of the conversations with these friends, or no one."""
    held = hold_conversations(account_id, friend_ids)
    changed = [row.id for row in held if row.assignee_id != assignment.member_id]
    change_conversations(changed, assignee_id=assignment.member_id)
    said = {"to": assignment.to, "member": assignment.name}
    tell_in_threads(dict.fromkeys(changed, said), ASSIGNED, actor=actor)


@operation(Permission.CHAT)
def add_notes_of(account_id: int, texts: Mapping[int, str], *, actor: Actor) -> None:
    """Add a note to the conversation with each of these friends, given by friend."""
    held = {row.id: texts[row.friend_id] for row in hold_conversations(account_id, texts)}
    change_conversations(held)
    tell_in_threads({one: {"text": text, "mentions": []} for one, text in held.items()}, NOTE, actor=actor)


@operation(Permission.CHAT)
def hand_over_of(account_id: int, friend_ids: Collection[int], *, actor: Actor) -> set[int]:
    """Let the conversations with these friends wait for a person, whom automatic messages leave them to.

    Returns the friends whom a person answers already; nothing changes for them.
    """
    held = hold_conversations(account_id, friend_ids)
    changed = [row.id for row in held if row.owner != Owner.PERSON]
    moment = now()
    change_conversations(
        changed,
        owner=Owner.PERSON.value,
        owner_id=None,
        owned_since=moment,
        unanswered_since=func.coalesce(Conversation.unanswered_since, moment),
    )
    tell_in_threads({one: {} for one in changed}, HANDED_OVER, actor=actor, goes_on=True)
    wait_for_person(changed)
    return {row.friend_id for row in held if row.owner == Owner.PERSON}

"""Write, change, delete and pin notes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import BigInteger, Text, cast, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.chat.notes.emails import tell_mentioned
from app.chat.notes.models import ConversationMention
from app.chat.notes.queries import NOTE, get_note
from app.chat.notes.texts import mentioned
from app.chat.queries.conversations import name_of
from app.chat.queries.people import answering_members
from app.core.clock import now
from app.core.db import db
from app.core.errors import InvalidInput, NotAllowed
from app.core.i18n import _l
from app.messages.conversations import owning
from app.messages.conversations.models import Conversation, ConversationMessage, Direction, MessageState
from app.team import audit
from app.team.actors import Actor, ActorKind
from app.team.models import Member
from app.team.operation import operation
from app.team.permissions import Permission

MOST_CHARACTERS = 5_000
audit.describe({"conversation.note_deleted": _l("deleted a note about %(target)s")})


@operation(Permission.CHAT)
def add_note(conversation: Conversation, text: str, *, actor: Actor) -> ConversationMessage:
    """Add a note, and tell the members whom it mentions; raises InvalidInput for an empty or a long one."""
    cleaned, held = _checked(text), owning.hold(conversation.id)
    people = _mentioned(held, cleaned, actor)
    note = ConversationMessage(
        account_id=held.account_id,
        chat_id=held.chat_id,
        friend_id=held.friend_id,
        direction=Direction.EVENT,
        author_kind=actor.kind.value,
        author_id=actor.id,
        type=NOTE,
        content=_content(cleaned, people, actor.label),
        state=MessageState.RECEIVED,
        occurred_at=now(),
        cause_kind="conversation",
        cause_id=str(held.id),
    )
    db.session.add(note)
    db.session.flush()
    owning.touch(held)
    _tell(held, note, people, actor)
    return note


@operation(Permission.CHAT)
def change_note(conversation: Conversation, note_id: int, text: str, *, actor: Actor) -> ConversationMessage:
    """Change a note of the actor's own; only members who were not mentioned before are told."""
    cleaned, held = _checked(text), owning.hold(conversation.id)
    note = _own(held, note_id, actor)
    if cleaned == note.content.get("text"):
        return note
    people = _mentioned(held, cleaned, actor)
    note.content, note.edited_at = _content(cleaned, people, str(note.content.get("by", ""))), now()
    _touch(held, note)
    _forget(note, but=[one.id for one in people])
    _tell(held, note, people, actor)
    return note


@operation(Permission.CHAT)
def delete_note(conversation: Conversation, note_id: int, *, actor: Actor) -> ConversationMessage:
    """Delete a note of the actor's own, or one of a workflow; nothing of its text is kept."""
    held = owning.hold(conversation.id)
    note = get_note(held, note_id, for_update=True)
    if note.author_kind != ActorKind.WORKFLOW:
        note = _own(held, note_id, actor)
    note.content, note.state = {}, MessageState.UNSENT
    if held.pinned_note_id == note.id:
        held.pinned_note_id = None
    _touch(held, note)
    _forget(note)
    name = name_of(held)
    audit.record(actor, "conversation.note_deleted", target=held, target_name=name, account_id=held.account_id)
    return note


@operation(Permission.CHAT)
def pin_note(conversation: Conversation, note_id: int | None, *, actor: Actor) -> None:
    """Show this note on top in place of another, or none."""
    held = owning.hold(conversation.id)
    before, after = held.pinned_note_id, note_id
    held.pinned_note_id = get_note(held, after).id if after else None
    # Open pages draw both again.
    for one in {before, after} - {None}:
        line = db.session.get(ConversationMessage, one)
        if line is not None:
            _touch(held, line)


def _checked(text: str) -> str:
    cleaned = text.strip()
    if not cleaned:
        raise InvalidInput(note=_l("Write something first."))
    if len(cleaned) > MOST_CHARACTERS:
        raise InvalidInput(note=_l("Use %(max)d characters at most.", max=MOST_CHARACTERS))
    return cleaned


def _own(conversation: Conversation, note_id: int, actor: Actor) -> ConversationMessage:
    note = get_note(conversation, note_id, for_update=True)
    if actor.member_id is None or (note.author_kind, note.author_id) != (ActorKind.MEMBER, actor.member_id):
        raise NotAllowed
    return note


def _mentioned(conversation: Conversation, text: str, actor: Actor) -> list[Member]:
    return mentioned(text, answering_members([conversation.account_id]))


def _content(text: str, people: Collection[Member], by: str) -> dict[str, object]:
    return {"text": text, "by": by, "mentions": [one.label for one in people]}


def _touch(conversation: Conversation, note: ConversationMessage) -> None:
    note.changed_in = cast(cast(func.pg_current_xact_id(), Text), BigInteger)
    owning.touch(conversation)


def _forget(note: ConversationMessage, but: Collection[int] = ()) -> None:
    """Take back the mentions of members who are not mentioned any more."""
    gone = delete(ConversationMention).where(ConversationMention.note_id == note.id)
    db.session.execute(gone.where(ConversationMention.member_id.not_in(but)))


def _tell(conversation: Conversation, note: ConversationMessage, people: Collection[Member], actor: Actor) -> None:
    """Tell those who are mentioned for the first time; who writes of themselves needs no telling."""
    known = set(db.session.scalars(select(ConversationMention.member_id).where(ConversationMention.note_id == note.id)))
    for member in people:
        if member.id in known or member.id == actor.member_id:
            continue
        values = {"note_id": note.id, "member_id": member.id, "conversation_id": conversation.id}
        db.session.execute(insert(ConversationMention).values(values).on_conflict_do_nothing())
        tell_mentioned(member, conversation, str(note.content["text"]), actor)

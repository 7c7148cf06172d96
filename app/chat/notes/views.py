"""Notes of a conversation: written below the thread, changed in it, and one of them pinned on top."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request, url_for

from app.chat.lines import line_of_note
from app.chat.notes import operations
from app.chat.notes.queries import get_note
from app.chat.queries.conversations import get_conversation
from app.chat.queries.people import answering_members
from app.core import htmx
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import Text
from app.core.identifiers import posted_number
from app.messages.conversations.models import Conversation, ConversationMessage
from app.team.permissions import Permission, current_actor, me, requires

blueprint = Blueprint("chat_notes", __name__, url_prefix="/chat/<int:conversation_id>/notes")


@blueprint.post("")
@requires(Permission.CHAT)
def create(conversation_id: int) -> Response:
    found, text = get_conversation(conversation_id, current_actor()), request.form.get("note", "")
    try:
        operations.add_note(found, text, actor=current_actor())
    except InvalidInput as refusal:
        db.session.rollback()
        return _form(found, text, refusal.fields["note"], 422)
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.show", conversation_id=conversation_id))
    return htmx.with_trigger(_form(found, "", ""), "chat-changed")


@blueprint.get("/new")
@requires(Permission.CHAT)
def new(conversation_id: int) -> Response:
    """Return the form alone; a page of its own without script."""
    return _form(get_conversation(conversation_id, current_actor()), "", "")


@blueprint.get("/<int:note_id>/edit")
@requires(Permission.CHAT)
def edit(conversation_id: int, note_id: int) -> Response:
    found = get_conversation(conversation_id, current_actor())
    note = get_note(found, note_id)
    return _edit(found, note, str(note.content["text"]), "")


@blueprint.get("/<int:note_id>")
@requires(Permission.CHAT)
def show(conversation_id: int, note_id: int) -> Response:
    """Return a note as it stands in the thread, after it was not changed."""
    found = get_conversation(conversation_id, current_actor())
    return _note(found, get_note(found, note_id))


@blueprint.post("/<int:note_id>")
@requires(Permission.CHAT)
def update(conversation_id: int, note_id: int) -> Response:
    found, text = get_conversation(conversation_id, current_actor()), request.form.get("note", "")
    try:
        return _note(found, operations.change_note(found, note_id, text, actor=current_actor()))
    except InvalidInput as refusal:
        db.session.rollback()
        return _edit(found, get_note(found, note_id), text, refusal.fields["note"], 422)


@blueprint.post("/<int:note_id>/removal")
@requires(Permission.CHAT)
def remove(conversation_id: int, note_id: int) -> Response:
    return _changed(conversation_id, lambda one: operations.delete_note(one, note_id, actor=current_actor()))


@blueprint.post("/pin")
@requires(Permission.CHAT)
def pin(conversation_id: int) -> Response:
    note_id = posted_number(request.form.get("note")) or None
    return _changed(conversation_id, lambda one: operations.pin_note(one, note_id, actor=current_actor()))


def _changed(conversation_id: int, change: Callable[[Conversation], object]) -> Response:
    found = get_conversation(conversation_id, current_actor())
    change(found)
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.show", conversation_id=conversation_id))
    return htmx.with_trigger(Response(status=204), "chat-changed")


def _form(conversation: Conversation, text: str, error: Text, status: int = 200) -> Response:
    colleagues = answering_members([conversation.account_id])
    context: dict[str, Any] = {"conversation": conversation, "colleagues": colleagues}
    context |= {"note_text": text, "note_error": error}
    return htmx.render("chat/notes/new.html", "chat/notes/_form.html", status, **context)


def _edit(conversation: Conversation, note: ConversationMessage, text: str, error: Text, status: int = 200) -> Response:
    context: dict[str, Any] = {"conversation": conversation, "note": note, "note_text": text, "note_error": error}
    return htmx.render("chat/notes/edit.html", "chat/notes/_edit.html", status, **context)


def _note(conversation: Conversation, note: ConversationMessage) -> Response:
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.show", conversation_id=conversation.id))
    line = line_of_note(note)
    return htmx.render("chat/_line.html", conversation=conversation, line=line, me_id=me().id)

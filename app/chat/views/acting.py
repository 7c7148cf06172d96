"""Changes to a conversation: for the team its status, assignee and owner, for the member what is kept of it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request, url_for

from app.chat.operations import state
from app.chat.operations.marks import keep_mark, mark_unread
from app.chat.queries.conversations import get_conversation
from app.chat.views import context
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.identifiers import posted_number, row_number
from app.messages.conversations.models import Conversation
from app.team.permissions import Permission, current_actor, requires

BASE = "/<int:conversation_id>"


@blueprint.post(f"{BASE}/status")
@requires(Permission.CHAT)
def status(conversation_id: int) -> Response:
    wanted = request.form.get("status", "")
    return _changed(conversation_id, lambda one: state.set_status(one, wanted, actor=current_actor()))


@blueprint.post(f"{BASE}/assignee")
@requires(Permission.CHAT)
def assignee(conversation_id: int) -> Response:
    member_id = row_number(request.form.get("assignee", ""))
    return _changed(conversation_id, lambda one: state.assign(one, member_id, actor=current_actor()))


@blueprint.post(f"{BASE}/spam")
@requires(Permission.CHAT)
def spam(conversation_id: int) -> Response:
    is_spam = request.form.get("spam") == "1"
    return _changed(conversation_id, lambda one: state.mark_spam(one, is_spam=is_spam, actor=current_actor()))


@blueprint.post(f"{BASE}/owner")
@requires(Permission.CHAT)
def owner(conversation_id: int) -> Response:
    change = state.take_over if request.form.get("owner") == "person" else state.release
    return _changed(conversation_id, lambda one: change(one, actor=current_actor()))


@blueprint.post(f"{BASE}/mark")
@requires(Permission.CHAT)
def mark(conversation_id: int) -> Response:
    kept, is_set = request.form.get("mark", ""), request.form.get("is_set") == "1"
    return _changed(conversation_id, lambda one: keep_mark(one, kept, is_set=is_set, actor=current_actor()))


@blueprint.post(f"{BASE}/unread")
@requires(Permission.CHAT)
def unread(conversation_id: int) -> Response:
    """Make a message and those after it unread, and leave the conversation."""
    found = get_conversation(conversation_id, current_actor())
    mark_unread(found, posted_number(request.form.get("message")), actor=current_actor())
    return htmx.go(url_for("chat.index"))


def _changed(conversation_id: int, change: Callable[[Conversation], None]) -> Response:
    found = get_conversation(conversation_id, current_actor())
    change(found)
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.show", conversation_id=conversation_id))
    return htmx.with_trigger(htmx.render("chat/_state.html", **context.opened(found)), "chat-changed")

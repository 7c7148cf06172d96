"""What a member does beside answering: writing, and showing the friend that messages are read."""

from __future__ import annotations

from flask import Response, url_for

from app.chat import presence
from app.chat.operations.reading import mark_read_at_line
from app.chat.queries.conversations import get_conversation
from app.chat.views import context
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.error_messages import sentence
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import _
from app.team.permissions import Permission, current_actor, me, requires

BASE = "/<int:conversation_id>"


@blueprint.post(f"{BASE}/writing")
@requires(Permission.CHAT)
def writing(conversation_id: int) -> Response:
    """Tell colleagues, and the friend where the account wants it, that the member types."""
    presence.note_writing(get_conversation(conversation_id, current_actor()), me().id)
    return Response(status=204)


@blueprint.post(f"{BASE}/read-at-line")
@requires(Permission.CHAT)
def read_at_line(conversation_id: int) -> Response:
    """Show the friend that the messages are read."""
    found = get_conversation(conversation_id, current_actor())
    try:
        mark_read_at_line(found, actor=current_actor())
        htmx.toast(_("LINE shows the messages as read now."))
    except (PermanentFailure, RetryLater) as error:
        htmx.toast(sentence(error.code), "error")
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.show", conversation_id=conversation_id))
    return htmx.with_trigger(htmx.render("chat/_state.html", **context.opened(found)), "chat-changed")

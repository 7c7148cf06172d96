"""Files that people sent: for members with the chat of the account alone, and nothing that a browser would run."""

from __future__ import annotations

from flask import Response, request, url_for

from app.chat.operations import files as operations
from app.chat.queries.files import get_content
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.db import db
from app.core.errors import NotFound
from app.core.web.server.places import files
from app.media.models import Kind
from app.media.operations.renditions import rendition
from app.media.queries import stored_file
from app.media.serving import ASK_EACH_TIME, serve
from app.messages.conversations.models import Conversation, ConversationMessage
from app.team.permissions import Permission, current_actor, requires

# As wide as the largest picture in a thread, on a screen with fine pixels.
WIDTH = 700


@blueprint.get("/files/<int:content_id>")
@requires(Permission.CHAT)
@files
def file(content_id: int) -> Response:
    """Send the file: to be looked at where it is a picture, video or sound, else (or with `save`) as a download."""
    content = get_content(content_id, current_actor())
    stored = stored_file(content.file_id or 0)
    return serve(stored, ASK_EACH_TIME, stored.name, is_download=request.args.get("save") == "1")


@blueprint.get("/files/<int:content_id>/picture")
@requires(Permission.CHAT)
@files
def picture(content_id: int) -> Response:
    """Send a picture in the size of a thread, or the picture of a video."""
    content = get_content(content_id, current_actor())
    stored = stored_file(content.preview_id or content.file_id or 0)
    if stored.kind is not Kind.IMAGE:
        raise NotFound
    name = stored.name
    return serve(rendition(stored, WIDTH), ASK_EACH_TIME, name)


@blueprint.post("/files/<int:content_id>/fetch")
@requires(Permission.CHAT)
def fetch_again(content_id: int) -> Response:
    content = get_content(content_id, current_actor())
    operations.fetch_again(content, actor=current_actor())
    message = db.session.get_one(ConversationMessage, content.message_id)
    of_chat = Conversation.account_id == message.account_id, Conversation.chat_id == message.chat_id
    conversation_id = db.session.scalar(db.select(Conversation.id).where(*of_chat))
    if htmx.is_fragment():
        return htmx.with_trigger(Response(status=204), "chat-changed")
    return htmx.go(url_for("chat.show", conversation_id=conversation_id))

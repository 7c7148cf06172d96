"""Files that people sent, at signed addresses for programs."""

from __future__ import annotations

from flask import Blueprint, Response

from app.chat.signed_files import content_id_of
from app.core.db import db
from app.core.errors import NotFound
from app.core.web.server.places import files
from app.media.queries import stored_file
from app.media.serving import ASK_EACH_TIME, serve
from app.messages.conversations.contents.models import ContentState, MessageContent
from app.team.permissions import public

blueprint = Blueprint("received_files", __name__, url_prefix="/files/received")


@blueprint.get("/<signed>")
@public
@files
def show(signed: str) -> Response:
    """Send the file as a download to who has its address."""
    content = db.session.get(MessageContent, content_id_of(signed) or 0)
    if content is None or content.state != ContentState.STORED:
        raise NotFound
    stored = stored_file(content.file_id or 0)
    return serve(stored, ASK_EACH_TIME, stored.name, is_download=True)

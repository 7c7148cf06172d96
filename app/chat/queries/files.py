"""A file that came with a message, for members who may see its account."""

from __future__ import annotations

from app.core.db import db
from app.core.errors import NotFound
from app.messages.conversations.contents.models import MessageContent
from app.team.actors import Actor


def get_content(content_id: int, actor: Actor) -> MessageContent:
    """Return what belongs to a message, if the actor may see its account; raises NotFound."""
    found = db.session.get(MessageContent, content_id)
    if found is None or not actor.may_see_account(found.account_id):
        raise NotFound
    return found

"""What a member does with files that people sent."""

from __future__ import annotations

from app.core import queue
from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import _l
from app.messages.conversations.contents.kind import CONTENTS
from app.messages.conversations.contents.models import ContentState, MessageContent
from app.messages.conversations.touching import touch_lines
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission


@operation(Permission.CHAT)
def fetch_again(content: MessageContent, *, actor: Actor) -> None:
    """Order a file once more that could not be fetched; raises Conflict for one that is there or gone for good."""
    touch_lines([content.message_id])
    db.session.refresh(content, with_for_update=True)
    if content.state not in {ContentState.FAILED, ContentState.TOO_LARGE}:
        raise Conflict(_l("This file is not waiting to be fetched any more. Load the page again."))
    content.state = ContentState.WAITING
    CONTENTS.order(content)
    queue.after_commit(db.session, "messages.conversations.contents.fetch", content.id)

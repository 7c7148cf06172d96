"""The member's answer, and what to do with one that did not arrive."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request, url_for

from app.chat.operations import answering
from app.chat.presence import stop_writing
from app.chat.queries.conversations import get_conversation
from app.chat.recipients import texts
from app.chat.views import context
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.db import db
from app.core.error_messages import sentence
from app.core.errors import Conflict, InvalidInput
from app.messages.conversations.models import Conversation
from app.messages.sending.delivery import SENDS
from app.team.permissions import Permission, current_actor, me, requires

BASE = "/<int:conversation_id>"


@blueprint.post(f"{BASE}/answers")
@requires(Permission.CHAT)
def answer(conversation_id: int) -> Response:
    """Send a text; what cannot be sent stays in its field, with the reason."""
    found, words = get_conversation(conversation_id, current_actor()), request.form.get("text", "")
    try:
        answering.answer(found, texts(words), actor=current_actor())
    except (InvalidInput, Conflict) as refusal:
        db.session.rollback()
        return _composer(found, words, _sentence(refusal), 422)
    db.session.commit()
    SENDS.wake()
    stop_writing(found, me().id)
    return _composer(found, "", "")


@blueprint.post(f"{BASE}/answers/<int:send_id>/again")
@requires(Permission.CHAT)
def again(conversation_id: int, send_id: int) -> Response:
    return _settled(conversation_id, lambda one: answering.send_again(one, send_id, actor=current_actor()))


@blueprint.post(f"{BASE}/answers/<int:send_id>/sent")
@requires(Permission.CHAT)
def sent(conversation_id: int, send_id: int) -> Response:
    return _settled(conversation_id, lambda one: answering.mark_sent(one, send_id, actor=current_actor()))


def _settled(conversation_id: int, settle: Callable[[Conversation], object]) -> Response:
    found = get_conversation(conversation_id, current_actor())
    settle(found)
    db.session.commit()
    SENDS.wake()
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.show", conversation_id=conversation_id))
    return htmx.with_trigger(Response(status=204), "chat-changed")


def _composer(found: Conversation, words: str, error: str, status: int = 200) -> Response:
    if not htmx.is_fragment() and not error:
        return htmx.go(url_for("chat.show", conversation_id=found.id))
    opened = {**context.opened(found), "words": words, "error": error}
    page = {**context.listing(context.my_accounts()), "since": context.cursor()} if not htmx.is_fragment() else {}
    response = htmx.render("chat/index.html", "chat/_composer.html", status, **{**page, **opened})
    return response if error else htmx.with_trigger(response, "chat-changed")


def _sentence(refusal: InvalidInput | Conflict) -> str:
    if isinstance(refusal, Conflict):
        return str(refusal.message)
    return " ".join(str(one) for one in refusal.fields.values()) or sentence("unexpected")

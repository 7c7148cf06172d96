"""The member's answer, and what to do with one that did not arrive."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request, url_for

from app.chat.operations import answering, drafts
from app.chat.presence import stop_writing
from app.chat.queries.conversations import get_conversation
from app.chat.views import composer, context
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.identifiers import row_number
from app.messages.conversations.models import Conversation
from app.team.permissions import Permission, current_actor, me, requires

BASE = "/<int:conversation_id>"


@blueprint.post(f"{BASE}/answers")
@requires(Permission.CHAT)
def answer(conversation_id: int) -> Response:
    """Send what was written; what cannot be sent stays in the composer, with the reason."""
    found, form = get_conversation(conversation_id, current_actor()), request.form
    words, press = form.get("text", "").replace("\r\n", "\n"), form.get("press", "")
    seen = None if "anyway" in form else row_number(form.get("seen", ""))
    try:
        answering.send_draft(found, words, press=press, seen=seen, actor=current_actor())
    except (InvalidInput, Conflict) as refusal:
        db.session.rollback()
        return _refused(found, words, refusal)
    # A worker brings it to LINE while the answer of this request is drawn, which takes as long.
    db.session.commit()
    stop_writing(found, me().id)
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.show", conversation_id=found.id))
    return htmx.with_trigger(htmx.render("chat/composer/sent.oob.html", **composer.shown(found)), "chat-changed")


@blueprint.post(f"{BASE}/answers/<int:send_id>/again")
@requires(Permission.CHAT)
def again(conversation_id: int, send_id: int) -> Response:
    return _settled(conversation_id, lambda one: answering.send_again(one, send_id, actor=current_actor()))


@blueprint.post(f"{BASE}/answers/<int:send_id>/sent")
@requires(Permission.CHAT)
def sent(conversation_id: int, send_id: int) -> Response:
    return _settled(conversation_id, lambda one: answering.mark_sent(one, send_id, actor=current_actor()))


@blueprint.post(f"{BASE}/answers/<int:send_id>/cancellation")
@requires(Permission.CHAT)
def cancel(conversation_id: int, send_id: int) -> Response:
    return _settled(conversation_id, lambda one: answering.cancel(one, send_id, actor=current_actor()))


@blueprint.post(f"{BASE}/answers/<int:send_id>/revocation")
@requires(Permission.CHAT)
def revoke(conversation_id: int, send_id: int) -> Response:
    return _settled(conversation_id, lambda one: answering.revoke_links(one, send_id, actor=current_actor()))


def _settled(conversation_id: int, settle: Callable[[Conversation], object]) -> Response:
    found = get_conversation(conversation_id, current_actor())
    settle(found)
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.show", conversation_id=conversation_id))
    return htmx.with_trigger(Response(status=204), "chat-changed")


def _refused(found: Conversation, words: str, refusal: InvalidInput | Conflict) -> Response:
    """Keep what was typed, and show the composer with the reason."""
    drafts.keep_words(found, words, actor=current_actor())
    drafts.drop_lost_quote(found, actor=current_actor())
    # Also with an answer that says that nothing was sent.
    db.session.commit()
    newest = refusal.newest if isinstance(refusal, answering.JustAnswered) else None
    why = composer.sentence_of(refusal)
    opened = {**context.opened(found), **composer.shown(found, words=words, problem=why, newest=newest)}
    page = {**context.feed(), **context.listing(context.my_accounts())} if not htmx.is_fragment() else {}
    status = 409 if newest is not None else 422
    return htmx.render("chat/index.html", "chat/_composer.html", status, **{**page, **opened})

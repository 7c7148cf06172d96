"""Send later: plan an answer, and what can be done with one that waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Response, request, url_for

from app.chat.later import operations as later
from app.chat.operations import drafts
from app.chat.queries.conversations import get_conversation
from app.chat.views import composer
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import time_zone
from app.core.values.errors import WrongValue
from app.core.values.moments import FIRST, read_moment
from app.messages.conversations.models import Conversation
from app.team.permissions import Permission, current_actor, requires

BASE = "/<int:conversation_id>/planned"
AT = "chat-later-problem"


@blueprint.post(BASE)
@requires(Permission.CHAT)
def plan(conversation_id: int) -> Response:
    """Plan what was written; what is wrong is said in the dialog, and what was written stays."""
    found, form = get_conversation(conversation_id, current_actor()), request.form
    words, press = form.get("text", "").replace("\r\n", "\n"), form.get("press", "")
    drafts.keep_words(found, words, press=press, actor=current_actor())
    try:
        later.plan_draft(found, words, _posted_time(), press=press, actor=current_actor())
    except (InvalidInput, Conflict) as refusal:
        db.session.rollback()
        # The words are kept, although the answer says that nothing was planned.
        drafts.keep_words(found, words, press=press, actor=current_actor())
        db.session.commit()
        return _refused(found, composer.sentence_of(refusal))
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.show", conversation_id=found.id))
    return htmx.with_trigger(htmx.render("chat/composer/sent.oob.html", **composer.shown(found)), "chat-planned")


@blueprint.post(f"{BASE}/<int:planned_id>/time")
@requires(Permission.CHAT)
def move_planned(conversation_id: int, planned_id: int) -> Response:
    """Give a planned answer another time."""
    return _changed(conversation_id, lambda found: later.move(found, planned_id, _posted_time(), actor=current_actor()))


@blueprint.post(f"{BASE}/<int:planned_id>/sending")
@requires(Permission.CHAT)
def send_planned(conversation_id: int, planned_id: int) -> Response:
    """Send a planned answer at once."""
    return _changed(conversation_id, lambda found: later.send_now(found, planned_id, actor=current_actor()))


@blueprint.post(f"{BASE}/<int:planned_id>/cancellation")
@requires(Permission.CHAT)
def cancel_planned(conversation_id: int, planned_id: int) -> Response:
    """Take a planned answer back."""
    return _changed(conversation_id, lambda found: later.cancel(found, planned_id, actor=current_actor()))


@blueprint.post(f"{BASE}/<int:planned_id>/edit")
@requires(Permission.CHAT)
def edit_planned(conversation_id: int, planned_id: int) -> Response:
    """Put a planned answer back into the composer."""
    found = get_conversation(conversation_id, current_actor())
    later.edit(found, planned_id, actor=current_actor())
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.show", conversation_id=found.id))
    return htmx.with_trigger(htmx.render("chat/_composer.html", **composer.shown(found)), "chat-changed")


def _changed(conversation_id: int, change: Callable[[Conversation], None]) -> Response:
    found, refused = get_conversation(conversation_id, current_actor()), ""
    try:
        change(found)
    except (InvalidInput, Conflict) as refusal:
        db.session.rollback()
        refused = composer.sentence_of(refusal)
    if not htmx.is_fragment() and not refused:
        return htmx.go(url_for("chat.show", conversation_id=found.id))
    shown = {**composer.planned_shown(found), "refused": refused}
    drawn = htmx.render(
        "chat/composer/drawn_later.html", "chat/composer/_planned.html", 422 if refused else 200, **shown
    )
    return htmx.with_trigger(drawn, "chat-changed")


def _posted_time() -> datetime:
    try:
        return read_moment(request.form.get("at", ""), time_zone(), FIRST)
    except WrongValue as wrong:
        raise InvalidInput(at=str(wrong)) from wrong


def _refused(found: Conversation, why: str) -> Response:
    if htmx.is_fragment():
        said = htmx.render("chat/composer/_said.html", status=422, said_at=AT, problem=why)
        return htmx.retarget(said, f"#{AT}", "outerHTML")
    return htmx.render("chat/composer/drawn_later.html", status=422, **composer.planned_shown(found), refused=why)

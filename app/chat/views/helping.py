"""What helps to answer: canned replies, and drafts that are suggested. Nothing here sends anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from app.chat.canned.filling import others_of, words_for
from app.chat.canned.operations import use_reply
from app.chat.canned.queries import usable_replies
from app.chat.operations import drafts
from app.chat.queries.conversations import get_conversation
from app.chat.suggesting.asking import abilities_of, suggest
from app.chat.suggesting.registry import LABELS, SUGGESTERS, Ability, SuggestionWish
from app.chat.views import composer
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.errors import Conflict
from app.core.text_folding import fold_all
from app.messages.composer.blanks import KIND_NAMES
from app.messages.conversations.models import Conversation
from app.team.permissions import Permission, current_actor, requires

BASE = "/<int:conversation_id>"
MOST_SEEN = 50


@blueprint.get(f"{BASE}/canned")
@requires(Permission.CHAT)
def canned(conversation_id: int) -> Response:
    """Offer the canned replies, to be searched."""
    found = get_conversation(conversation_id, current_actor())
    replies = usable_replies(found, current_actor())
    folded = fold_all(f"/{one.shortcut} {one.shortcut} {one.name}" for one in replies)
    offered = [{"reply": one, "folded": words} for one, words in zip(replies, folded, strict=True)]
    context: dict[str, Any] = {"conversation": found, "offered": offered, "kind_names": KIND_NAMES}
    return _part("chat/helpers/_canned.html", context)


@blueprint.post(f"{BASE}/canned/<int:reply_id>")
@requires(Permission.CHAT)
def insert(conversation_id: int, reply_id: int) -> Response:
    """Put a canned reply into the answer that is being written: its words, and behind them its other messages."""
    found = get_conversation(conversation_id, current_actor())
    reply = use_reply(found, reply_id, actor=current_actor())
    words, others = words_for(found, reply.content), others_of(reply.content)
    refused = _add(found, others)
    left_out = [KIND_NAMES[str(one["kind"])][0] for one in others] if refused else []
    context = {
        "text": words,
        "reply": reply,
        "refused": refused,
        "left_out": left_out,
        "has_others": bool(others) and htmx.is_fragment(),
    }
    return _part("chat/helpers/_inserted.html", {**composer.shown(found), **context})


def _add(conversation: Conversation, messages: Sequence[Mapping[str, Any]]) -> str:
    """Put messages into the member's draft; returns why they do not fit, empty where they do."""
    try:
        if messages:
            drafts.add_messages(conversation, messages, actor=current_actor())
    except Conflict as refusal:
        return composer.sentence_of(refusal)
    return ""


@blueprint.post(f"{BASE}/suggestion")
@requires(Permission.CHAT)
def suggestion(conversation_id: int) -> Response:
    """Put a draft into the composer, with its sources; the member sends it, or does not."""
    found, given = get_conversation(conversation_id, current_actor()), request.form
    seen, ability = given.getlist("seen")[:MOST_SEEN], given.get("ability", "")
    wished = Ability(ability) if ability in set(Ability) else None
    wish = SuggestionWish(found, current_actor(), wished, seen, given.get("before", ""))
    drafted = suggest(wish, given.get("suggester", ""))
    context: dict[str, Any] = {
        "conversation": found,
        "drafted": drafted,
        "has_suggesters": bool(SUGGESTERS),
        "before": given.get("before", ""),
        "seen": [*seen, drafted.key] if drafted else seen,
        "suggester": drafted.suggester if drafted else given.get("suggester", ""),
        "abilities": [(one, LABELS[one]) for one in abilities_of(drafted.suggester)] if drafted else [],
    }
    return _part("chat/helpers/_suggested.html", context)


def _part(part: str, context: dict[str, Any]) -> Response:
    """Return a part for its place above the composer, or on a page of its own."""
    return htmx.render("chat/helpers/page.html", part, part=part, **context)

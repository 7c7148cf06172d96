"""What the composer's form says besides the messages themselves."""

from __future__ import annotations

from typing import Any

from flask import request

from app.core.db import released
from app.core.errors import NotFound
from app.core.identifiers import posted_number, row_number
from app.messages.composer.forms import ComposedForm
from app.messages.composer.left import ALL, left_after
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import DraftClosed, take
from app.messages.composer.queries import draft_of
from app.messages.composer.said import FIELD, kept
from app.messages.content.message_set import MessageSet, read
from app.team.permissions import current_actor

MOST_LEFT, LONGEST_SEARCH = 500, 100


def shown_as_posted(command: str = "") -> dict[str, Any]:
    """Return arguments of `composer_context`: for whom the preview is, which fields were left, what LINE said."""
    left = request.form.get("left", "").split()[:MOST_LEFT]
    return {
        "friend_id": posted_friend(),
        "left": left_after(left, command),
        "search": posted_search(),
        "said": request.form.getlist(FIELD),
    }


def shown_after(draft: MessageDraft, form: ComposedForm) -> dict[str, Any]:
    """Return the same once the form was used; of messages that were refused, all that is missing and LINE's words."""
    refused = {"left": ALL, "said": kept(draft.content, form.said)} if form.said else {}
    return shown_as_posted() | refused


def posted_draft_id() -> int:
    """Return the id of the draft that the composer shows."""
    return posted_number(request.form.get("draft"))


def posted_draft(account_id: int) -> MessageDraft:
    """Return that draft; raises DraftClosed."""
    try:
        return draft_of(account_id, posted_draft_id(), current_actor())
    except NotFound:
        raise DraftClosed from None


def take_posted(account_id: int) -> MessageSet:
    """Keep what was typed in the draft, whatever becomes of the form, and return it."""
    taken = take(account_id, posted_draft_id(), request.form, actor=current_actor())
    with released():
        return read(taken)


def posted_friend() -> int | None:
    """Return the friend for whom the preview is drawn; None for one of whom nothing is known."""
    return row_number(request.values.get("preview_friend", ""))


def posted_search() -> str:
    """Return by what friends are searched for the preview."""
    return request.values.get("preview_search", "").strip()[:LONGEST_SEARCH]

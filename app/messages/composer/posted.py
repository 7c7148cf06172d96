"""What the composer's form says besides the messages themselves."""

from __future__ import annotations

from typing import Any

from flask import request

from app.core.identifiers import row_number
from app.messages.composer.left import left_after
from app.messages.composer.said import FIELD

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


def posted_friend() -> int | None:
    """Return the friend for whom the preview is drawn; None for one of whom nothing is known."""
    return row_number(request.values.get("preview_friend", ""))


def posted_search() -> str:
    """Return by what friends are searched for the preview."""
    return request.values.get("preview_search", "").strip()[:LONGEST_SEARCH]

"""How many conversations the reader has not read, for the chat and for the menu of every page."""

from __future__ import annotations

from flask import g

from app.chat.queries.unread import unread_of
from app.team.permissions import current_actor


def unread() -> int:
    """Return the number, up to COUNTED + 1; asked once a request."""
    if "unread" not in g:
        g.unread = unread_of(current_actor())
    return int(g.unread)

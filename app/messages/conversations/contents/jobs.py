"""Actors of contents."""

from __future__ import annotations

from app.core.queue import actor
from app.messages.conversations.contents import fetching


@actor()
def fetch(content_id: int) -> None:
    fetching.fetch(content_id)

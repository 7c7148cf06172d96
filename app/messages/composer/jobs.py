"""Actors of the composer: shells around one operation each."""

from __future__ import annotations

from app.core.queue import actor
from app.messages.composer import operations


@actor()
def prune() -> None:
    operations.prune()

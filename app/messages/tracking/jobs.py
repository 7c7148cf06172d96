"""Actors of tracking: shells around one operation each."""

from __future__ import annotations

from app.core.queue import actor
from app.messages.tracking.operations import judging


@actor()
def judge_fetches() -> None:
    judging.judge_fetches()

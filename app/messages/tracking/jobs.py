"""Actors of tracking: shells around one operation each."""

from __future__ import annotations

from app.core.queue import actor
from app.messages.tracking.operations import judging, units


@actor()
def judge_fetches() -> None:
    judging.judge_fetches()


@actor()
def fetch_units(account_id: int) -> None:
    units.fetch_units(account_id)


@actor()
def prune() -> None:
    judging.prune()

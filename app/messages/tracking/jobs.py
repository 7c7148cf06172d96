"""Actors of tracking: shells around one operation each."""

from __future__ import annotations

from app.core.queue import actor
from app.messages.tracking.operations import judging, units, visitors


@actor()
def judge_fetches() -> None:
    judging.judge_fetches()


@actor()
def identify_visitors() -> None:
    visitors.identify_visitors()


@actor()
def fetch_units(account_id: int) -> None:
    units.fetch_units(account_id)


@actor()
def prune() -> None:
    judging.prune()
    visitors.prune_visitors()

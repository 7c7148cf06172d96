"""Actors of incoming webhooks."""

from __future__ import annotations

from app.core.queue import actor
from app.workflows.hooks.operations import receiving


@actor()
def prune() -> None:
    receiving.prune_calls()

"""Actors of syncs, beside those that advance runs."""

from __future__ import annotations

from flask import current_app

from app.core.queue import actor
from app.integrations.hubspot.sync import due


@actor()
def start_due() -> None:
    due.start_due_syncs()


@actor()
def apply_waiting(integration_id: int) -> None:
    due.apply_waiting(integration_id)


@actor()
def prune() -> None:
    due.prune(current_app.config["TOMORU"].run_keep_days)

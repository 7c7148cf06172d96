"""Actors of friends: shells around one operation each."""

from __future__ import annotations

from app.core.queue import actor
from app.friends.operations import bulk_undo, profiles


@actor()
def fetch_profiles(account_id: int) -> None:
    profiles.fetch_due_profiles(account_id)


@actor()
def prune_bulk_changes() -> None:
    bulk_undo.prune()

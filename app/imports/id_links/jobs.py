"""Actors of ID links."""

from __future__ import annotations

from app.core.queue import actor
from app.imports.id_links import operations


@actor()
def sweep() -> None:
    operations.sweep()


@actor()
def prune() -> None:
    operations.prune()

"""Actors of media."""

from __future__ import annotations

from app.core.queue import actor
from app.media.operations import blobs, files, renditions
from app.media.storage.stores import stores


@actor()
def sweep() -> None:
    blobs.sweep()


@actor()
def prune() -> None:
    files.remove_orphans(stores.orphan_hours)


@actor()
def prepare(file_id: int) -> None:
    renditions.prepare(file_id)

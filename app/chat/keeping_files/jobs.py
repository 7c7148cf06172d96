"""Actors of the files' deletion."""

from __future__ import annotations

from app.chat.keeping_files import deleting
from app.core.queue import actor


@actor()
def delete_old() -> None:
    deleting.start_nightly()

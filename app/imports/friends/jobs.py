"""Actors of the friend import, beside those that advance runs."""

from __future__ import annotations

from app.core.queue import actor
from app.imports.friends import repeats


@actor()
def repeat() -> None:
    repeats.repeat_due()

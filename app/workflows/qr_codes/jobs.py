"""Actors of QR Codes: shells around one operation each."""

from __future__ import annotations

from app.core.queue import actor
from app.workflows.qr_codes.operations import visits


@actor()
def identify() -> None:
    visits.identify_visitors()


@actor()
def prune() -> None:
    visits.prune_visits()

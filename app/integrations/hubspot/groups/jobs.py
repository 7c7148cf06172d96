"""Actors of groups as companies."""

from __future__ import annotations

from app.core.db import db
from app.core.queue import actor
from app.integrations.hubspot.groups import ordering, writing


@actor()
def write(integration_id: int) -> None:
    writing.write_due(integration_id)


@actor()
def compare() -> None:
    ordering.compare_all()
    db.session.commit()

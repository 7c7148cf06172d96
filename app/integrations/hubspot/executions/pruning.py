"""Remove runs of the action that are over; their sends and lines on timelines stay."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from app.core.clock import database_now
from app.core.db import db
from app.integrations.hubspot.models import HubSpotExecution

# HubSpot repeats a request for three days at most.
KEPT = timedelta(days=30)


def prune() -> None:
    """Delete what has been over for a month."""
    old = delete(HubSpotExecution).where(HubSpotExecution.done_at < database_now(-KEPT))
    db.session.execute(old.execution_options(synchronize_session=False))
    db.session.commit()

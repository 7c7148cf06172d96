"""Remove what was published long ago; the conversations themselves stay."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from app.core.clock import database_now
from app.core.db import db
from app.integrations.hubspot.inbox.models import HubSpotOutgoing

# LINE repeats an event for a few days at most.
KEPT = timedelta(days=30)


def prune_outgoing() -> None:
    """Delete what has been over for a month, and commit."""
    old = delete(HubSpotOutgoing).where(HubSpotOutgoing.ended_at < database_now(-KEPT))
    db.session.execute(old.execution_options(synchronize_session=False))
    db.session.commit()

"""Open a connected portal for a sync."""

from __future__ import annotations

from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.sync.reader import SyncReader
from app.integrations.shared.models import Integration


def reader_of(integration: Integration) -> SyncReader:
    """Return the reader for a connected portal."""
    return SyncReader(access_of(integration))

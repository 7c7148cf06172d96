"""Look again where HubSpot leaves a mapped property out of its answers."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.db import db
from app.integrations.hubspot.gateway.objects import HubSpotRecord
from app.integrations.hubspot.properties import prepare
from app.integrations.hubspot.sync.names import WantedNames, wanted_names
from app.integrations.hubspot.sync.reader import SyncReader
from app.integrations.shared.models import Integration


def still_there(
    integration: Integration, reader: SyncReader, wanted: WantedNames, found: Sequence[HubSpotRecord]
) -> WantedNames:
    """Return what is read; a mapped property that HubSpot leaves out is gone there, and not empty: it stands still.

    Commits where it has to look.
    """
    if all(name in record.properties for record in found for name in wanted.mapped):
        return wanted
    prepare(integration, reader.access)
    db.session.commit()
    return wanted_names(integration.id)

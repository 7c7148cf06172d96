"""Which HubSpot account stands behind a LINE account, for all steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text, _l
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.shared.models import Integration, IntegrationAccount
from app.integrations.shared.working import connected_ids

NOT_CONNECTED = _l("HubSpot is not connected.")


def is_connected() -> Text | None:
    """Return why such steps do nothing: there is no HubSpot account that is connected."""
    found = db.session.scalar(connected_ids(HUBSPOT).limit(1))
    return NOT_CONNECTED if found is None else None


def integrations_by_account(account_ids: Collection[int]) -> Mapping[int, Integration]:
    """Return the HubSpot account of each of these LINE accounts, connected or not."""
    covers = IntegrationAccount.service == HUBSPOT, IntegrationAccount.account_id.in_(account_ids)
    query = select(IntegrationAccount.account_id, Integration).join(
        Integration, Integration.id == IntegrationAccount.integration_id
    )
    return {row[0]: row[1] for row in db.session.execute(query.where(*covers))}

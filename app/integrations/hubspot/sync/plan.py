"""What a sync is going to read: everything, or what changed since the last one."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select

from app.core.clock import in_zone
from app.core.db import db
from app.core.i18n import zone
from app.integrations.hubspot.sync.cursor import SyncCursor, SyncPhase
from app.integrations.shared.mappings import working_mappings
from app.integrations.shared.models import Integration, IntegrationAccount
from app.integrations.shared.records import CONTACT

# Beside the time up to which changes of contacts are read: when all of them were read last, by HubSpot's clock.
READ_ALL_AT = "read_all_at"
# HubSpot tells nowhere of what was deleted: all contacts are read once a night, and in any case after so long.
NIGHT = range(2, 5)
A_NIGHT, LONGEST = timedelta(hours=12), timedelta(hours=36)
# The index of a search lags; a window begins so long before the end of the last one, and ends before the present.
LOOKBACK, SETTLED = timedelta(minutes=15), timedelta(seconds=60)


def plan_reading(integration: Integration, moment: datetime, *, is_asked: bool) -> SyncCursor:
    """Return the beginning of a sync; `moment` is now by HubSpot's clock, `is_asked`: a member wants everything."""
    watermark = integration.watermarks.get(CONTACT)
    if is_asked or not watermark or _needs_all(integration, moment):
        return SyncCursor(SyncPhase.CONTACTS, is_full=True, high=moment.isoformat())
    low, high = datetime.fromisoformat(watermark) - LOOKBACK, moment - SETTLED
    return SyncCursor(SyncPhase.CONTACTS, low=low.isoformat(), high=high.isoformat())


def contacts_are_read(integration: Integration, cursor: SyncCursor) -> None:
    """Note up to when contacts are read, so that the next sync goes on there."""
    times = {CONTACT: cursor.high, **({READ_ALL_AT: cursor.high} if cursor.is_full else {})}
    integration.watermarks = {**integration.watermarks, **times}


def _needs_all(integration: Integration, moment: datetime) -> bool:
    if any(mapping.synced_at is None for mapping in working_mappings(integration.id)):
        return True
    told = integration.watermarks.get(READ_ALL_AT)
    if not told or _has_new_accounts(integration, datetime.fromisoformat(told)):
        return True
    since = moment - datetime.fromisoformat(told)
    local = in_zone(moment, zone())
    is_night = local is not None and local.hour in NIGHT
    return since >= LONGEST or (is_night and since >= A_NIGHT)


def _has_new_accounts(integration: Integration, since: datetime) -> bool:
    """Return whether an account was added since; its friends have to be found."""
    skew = timedelta(seconds=integration.clock_skew)
    added = exists().where(
        IntegrationAccount.integration_id == integration.id, IntegrationAccount.added_at > since - skew
    )
    return bool(db.session.scalar(select(added)))

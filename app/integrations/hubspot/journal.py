"""Hear of uninstalls from the app's journal, a minute after they happen.

An event only says where to look: HubSpot is asked whether the app is there, since it may be installed again by now.
Apps to which HubSpot gives no journal are looked at every few minutes all the same.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import db, released
from app.core.errors import PermanentFailure, RetryLater
from app.core.secrets import UnreadableSecret
from app.integrations.hubspot.credentials import HubSpotApp, find_app
from app.integrations.hubspot.gateway import journal
from app.integrations.hubspot.gateway.files import DownloadRefused
from app.integrations.hubspot.gateway.journal import JournalClient
from app.integrations.hubspot.looking import look_at, mark_uninstalled
from app.integrations.hubspot.models import HubSpotRegistration
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.shared.models import Integration
from app.integrations.shared.working import connected_ids

log = structlog.get_logger(__name__)
# Files that one look reads; the next one goes on.
MOST_FILES = 50
# Where HubSpot gives no journal, it is asked for again after so long.
REFUSED_WAIT = timedelta(hours=6)


def read_journal() -> None:
    """Look at the accounts of which the journal tells that they have uninstalled the app, and commit."""
    try:
        app = find_app()
    except UnreadableSecret:
        return
    if app is None or not app.app_id or db.session.scalar(connected_ids(HUBSPOT).limit(1)) is None:
        return
    known = db.session.get(HubSpotRegistration, app.app_id)
    if known is not None and known.journal_from is not None and known.journal_from > now():
        return
    try:
        with released():
            offset, portals = _read_on(app, known.journal_offset if known else None)
    except RetryLater as error:
        log.info("hubspot.journal", code=error.code)
        return
    except PermanentFailure as error:
        log.info("hubspot.journal", code=error.code)
        _keep(app.app_id, journal_from=now() + REFUSED_WAIT)
        return
    _look_at(portals)
    _keep(app.app_id, journal_offset=offset, journal_from=None)


def _read_on(app: HubSpotApp, offset: str | None) -> tuple[str, set[str]]:
    """Return the place up to which the journal is read now, and the portals of which it tells."""
    client = JournalClient(app.credentials)
    if offset is None:
        # What was before is known from the approval.
        client.call(journal.listen())
        newest = client.call(journal.latest())
        return (newest.offset if newest else ""), set()
    portals: set[str] = set()
    for _file in range(MOST_FILES):
        file = client.call(journal.following(offset))
        if file is None:
            break
        try:
            portals |= {journal.uninstalled_portal(event) for event in journal.read(file)}
        except DownloadRefused:
            log.warning("hubspot.journal_file_refused", offset=file.offset)
        offset = file.offset
    return offset, portals - {""}


def _look_at(portal_ids: Collection[str]) -> None:
    mine = Integration.service == HUBSPOT, Integration.remote_id.in_(portal_ids)
    for integration_id in db.session.scalars(select(Integration.id).where(*mine)).all() if portal_ids else ():
        look_at(integration_id)
        mark_uninstalled(integration_id)
    db.session.commit()


def _keep(app_id: str, **values: object) -> None:
    """Keep how far the journal is read, and commit."""
    stored = insert(HubSpotRegistration).values(app_id=app_id, **values)
    db.session.execute(stored.on_conflict_do_update(index_elements=["app_id"], set_=values))
    db.session.commit()

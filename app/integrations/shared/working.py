"""Work on due rows of an integration, batch after batch, as long as it is connected."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import Select, select

from app.core.db import db
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind
from app.integrations.shared.models import Integration, IntegrationState

# Handles one batch of rows; False where the service takes nothing at the moment.
BatchHandler = Callable[[Integration, Claim], bool]


def connected_ids(service: str) -> Select[int]:
    """Return the query of a service's connected integrations: the parts in which their due rows are looked at."""
    connected = Integration.service == service, Integration.state == IntegrationState.CONNECTED
    return select(Integration.id).where(*connected)


def work_on(kind: DueKind, integration_id: int, handle: BatchHandler) -> int:
    """Handle due rows of one integration for a while, and commit; returns how many.

    The model of the kind has an `integration_id`, and workers are woken with it. Rows of an integration that was
    disconnected in between are given back and wait.
    """
    mine = kind.model.integration_id == integration_id
    return process(kind, partial(_begin, integration_id, handle), mine, again=partial(kind.wake, integration_id))


def _begin(integration_id: int, handle: BatchHandler, claim: Claim) -> bool:
    integration = db.session.get(Integration, integration_id, populate_existing=True)
    if integration is None or not integration.is_connected:
        claim.release()
        return False
    return handle(integration, claim)

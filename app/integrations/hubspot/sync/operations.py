"""Start a sync by hand."""

from __future__ import annotations

from app.core import error_messages
from app.core.errors import Conflict
from app.core.i18n import _l
from app.core.outgoing.exchange import NotSent
from app.core.runs import operations as runs
from app.core.runs.models import Run
from app.integrations.hubspot.gateway import rate
from app.integrations.hubspot.sync.run import SYNC
from app.integrations.shared.models import Integration
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {"hubspot_sync.started": _l("started the HubSpot sync of %(target)s")},
    {"hubspot_sync": _l("HubSpot sync")},
)


@operation(Permission.INTEGRATIONS)
def resync(integration: Integration, *, actor: Actor) -> tuple[Run, bool]:
    """Read everything again, or join the sync that is going on; returns (run, whether it is new).

    One that waits for HubSpot tries again at once, since the member may know that the limit is over. Raises Conflict
    while HubSpot is not connected.
    """
    if not integration.is_connected:
        raise Conflict(_l("HubSpot is not connected. Reconnect it in Settings, then start the sync."))
    run, is_new = runs.start(SYNC.name, integration.id, actor=actor, input={"all": True})
    if is_new:
        audit.record(actor, "hubspot_sync.started", target=integration, target_name=integration.name)
    elif run.reason:
        _try_again(integration, run)
    return run, is_new


def _try_again(integration: Integration, run: Run) -> None:
    try:
        rate.resume(integration.remote_id)
    except NotSent as error:
        raise Conflict(error_messages.sentence(error.code, error.params)) from error
    runs.try_again(run)

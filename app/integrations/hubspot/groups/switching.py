"""Switch on that group chats are synced as companies, or off; what HubSpot has stays."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.i18n import _l
from app.integrations.hubspot.groups.ordering import compare_all
from app.integrations.hubspot.inbox.models import HubSpotGroups
from app.integrations.shared import connecting
from app.integrations.shared.models import Integration
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "integration.groups_on": _l("switched on group chats as companies for %(service)s, account %(target)s"),
        "integration.groups_off": _l("switched off group chats as companies for %(service)s, account %(target)s"),
    }
)


@operation(Permission.INTEGRATIONS)
def switch_groups(integration: Integration, *, is_on: bool, actor: Actor) -> None:
    """Sync groups as companies from now on, or stop."""
    values: dict[str, Any] = {"is_on": is_on, "problem": None, "problem_values": {}}
    stored = insert(HubSpotGroups).values(integration_id=integration.id, **values)
    db.session.execute(stored.on_conflict_do_update(index_elements=["integration_id"], set_=values))
    connecting.note(integration, "integration.groups_on" if is_on else "integration.groups_off", actor)
    if is_on:
        compare_all()


def groups_of(integration: Integration) -> HubSpotGroups:
    """Return whether it is on, and what is in the way."""
    found = db.session.get(HubSpotGroups, integration.id, populate_existing=True)
    return found or HubSpotGroups(integration_id=integration.id, is_on=False, problem=None, problem_values={})

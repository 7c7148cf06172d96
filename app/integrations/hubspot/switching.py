"""Switch on and off what Tomoru writes, and compare HubSpot with it again."""

from __future__ import annotations

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _, _l
from app.integrations.hubspot.line_properties import LINE_PROPERTIES, LineKey
from app.integrations.shared.lists import get_list
from app.integrations.shared.marking_runs import mark_all_later
from app.integrations.shared.models import Integration
from app.integrations.shared.queries import accounts_of
from app.integrations.shared.written import forget_problems
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe(
    {
        "mapping.switched_on": _l("let %(target)s be written to HubSpot"),
        "mapping.switched_off": _l("stopped writing %(target)s to HubSpot"),
        "remote_list.switched_on": _l("let the members of the HubSpot list %(target)s be read"),
        "remote_list.switched_off": _l("no longer lets the members of the HubSpot list %(target)s be read"),
        "mapping.checked": _l("had the properties at HubSpot compared again"),
    },
    {"remote_list": _l("Lists of other services")},
)


@operation(Permission.INTEGRATIONS)
def switch_property(connection: Integration, account_id: int, key: str, *, is_on: bool, actor: Actor) -> None:
    """Write a property for an account from now on, or stop it; values at HubSpot stay. Raises InvalidInput."""
    known = LINE_PROPERTIES.get(LineKey(key)) if key in set(LineKey) else None
    covered = next((one for one, _account in accounts_of(connection.id) if one.account_id == account_id), None)
    if known is None or covered is None or not known.can_be_off:
        raise InvalidInput({"": _("This property cannot be switched off.")})
    entry = dict(covered.properties.get(known.key, {}))
    if bool(entry.get("is_off")) is not is_on:
        return
    # What was wrong is found out again.
    kept = {name: value for name, value in entry.items() if name in ("name", "is_unique")}
    covered.properties = {**covered.properties, known.key.value: kept if is_on else {**entry, "is_off": True}}
    audit.record(
        actor,
        "mapping.switched_on" if is_on else "mapping.switched_off",
        target=connection,
        target_name=str(known.label),
        account_id=account_id,
    )
    if is_on:
        mark_all_later(connection.id, f"on:{account_id}:{known.key}")


@operation(Permission.INTEGRATIONS)
def switch_list(connection: Integration, list_id: int, *, is_on: bool, actor: Actor) -> None:
    """Let the members of a list be read, from a sync that begins at once, or no longer. Raises NotFound."""
    found = get_list(connection.id, list_id)
    if found.is_switched_on is is_on:
        return
    found.is_switched_on = is_on
    action = "remote_list.switched_on" if is_on else "remote_list.switched_off"
    audit.record(actor, action, target=connection, target_name=found.name)
    if is_on and connection.is_connected:
        connection.next_sync_at = now()
        queue.after_commit(db.session, "integrations.hubspot.sync.start_due")


@operation(Permission.INTEGRATIONS)
def compare_again(connection: Integration, *, actor: Actor) -> None:
    """Forget what was wrong with properties and let everything be compared and written again."""
    forget_problems(connection.id)
    audit.record(actor, "mapping.checked", target=connection, target_name=connection.name)
    mark_all_later(connection.id)

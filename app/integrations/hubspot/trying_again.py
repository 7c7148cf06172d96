"""Try again what one of the sides has refused, because a member has changed something there."""

from __future__ import annotations

from datetime import timedelta

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.i18n import _l
from app.integrations.hubspot.sync.due import apply_soon
from app.integrations.hubspot.sync.operations import resync
from app.integrations.shared.links import link_of
from app.integrations.shared.mappings import get_mapping
from app.integrations.shared.marking import mark_friends, mark_refused, mark_with_error
from app.integrations.shared.marking_runs import FEW, mark_all_later
from app.integrations.shared.models import Integration
from app.integrations.shared.records import let_wait
from app.integrations.shared.refusals import count_errors, count_refused, records_with_error
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe({"remote_link.tried_again": _l("had what %(service)s refused tried again: %(target)s")})
NOT_CONNECTED = _l("HubSpot is not connected. Reconnect it in Settings first.")


@operation(Permission.INTEGRATIONS)
def try_friend(account_id: int, friend_id: int, connection: Integration, *, actor: Actor) -> None:
    """Compare and write one friend again. Raises NotFound without a link, Conflict while HubSpot is not connected."""
    link = link_of(connection.id, friend_id)
    if link is None or link.account_id != account_id:
        raise NotFound
    _begin(connection, actor)
    mark_friends([friend_id], timedelta())
    if link.remote_id is not None:
        let_wait(connection.id, [link.remote_id])
        apply_soon(connection.id)


@operation(Permission.INTEGRATIONS)
def try_field(connection: Integration, mapping_id: int, *, actor: Actor) -> None:
    """Compare and write the friends again whose value of a field cannot be stored; raises NotFound and Conflict."""
    mapping = get_mapping(connection.id, mapping_id)
    _begin(connection, actor)
    if count_errors(mapping) > FEW:
        mark_all_later(connection.id, f"errors:{now().isoformat()}")
        resync(connection, actor=actor)
        return
    mark_with_error(mapping.id)
    let_wait(connection.id, records_with_error(mapping))
    apply_soon(connection.id)


@operation(Permission.INTEGRATIONS)
def try_refused(connection: Integration, *, actor: Actor) -> None:
    """Write all contacts again that HubSpot has refused; raises Conflict while it is not connected."""
    _begin(connection, actor)
    if count_refused(connection.id) > FEW:
        mark_all_later(connection.id, f"refused:{now().isoformat()}")
    else:
        mark_refused(connection.id)


def _begin(connection: Integration, actor: Actor) -> None:
    if not connection.is_connected:
        raise Conflict(NOT_CONNECTED)
    audit.record(actor, "remote_link.tried_again", target=connection, target_name=connection.name, service="HubSpot")
    queue.after_commit(db.session, "integrations.hubspot.write", connection.id)

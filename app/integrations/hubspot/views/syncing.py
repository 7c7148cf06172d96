"""The parts of the Dashboard: the state of syncing, Resync Data, the history, and one sync."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.i18n import _
from app.core.pages import PagePosition, time_order
from app.integrations.hubspot.gateway.scopes import features_off
from app.integrations.hubspot.queries import get_integration
from app.integrations.hubspot.sync.operations import resync
from app.integrations.hubspot.sync.queries import SyncHistory, sync_details, sync_history, syncing
from app.integrations.hubspot.sync_data import standing_still
from app.integrations.hubspot.views.blueprint import blueprint
from app.integrations.hubspot.webhooks.refused import last_refused
from app.integrations.shared.models import Integration
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/<int:connection_id>")
@requires(Permission.INTEGRATIONS)
def dashboard(connection_id: int) -> Response:
    return _dashboard(get_integration(connection_id, current_actor()))


@blueprint.get("/<int:connection_id>/state")
@requires(Permission.INTEGRATIONS)
def sync_state(connection_id: int) -> Response:
    """Show the state of syncing, polled; all of the Dashboard when a sync has begun or ended since `seen`."""
    connection = get_integration(connection_id, current_actor())
    found = syncing(connection)
    if request.args.get("seen") != found.key:
        part = _dashboard(connection, "integrations/hubspot/_syncing.html")
        return htmx.retarget(part, "#hubspot-syncing", "outerHTML")
    if found.active is None:
        return Response(status=204)
    page = "integrations/hubspot/dashboard.html"
    return htmx.render(page, "integrations/hubspot/_state.html", connection=connection, syncing=found)


@blueprint.post("/<int:connection_id>/resync")
@requires(Permission.INTEGRATIONS)
def resync_data(connection_id: int) -> Response:
    connection = get_integration(connection_id, current_actor())
    run, is_new = resync(connection, actor=current_actor())
    if is_new:
        htmx.toast(_("The sync has started. You can go on using Tomoru as usual."))
    elif run.reason:
        htmx.toast(_("HubSpot is asked again now. If it still refuses, the sync goes on waiting."), "info")
    else:
        htmx.toast(_("A sync is running already; yours joins it."), "info")
    if htmx.is_fragment():
        return _dashboard(connection, "integrations/hubspot/_syncing.html")
    return htmx.go(url_for("hubspot.dashboard", connection_id=connection.id))


@blueprint.get("/<int:connection_id>/history")
@requires(Permission.INTEGRATIONS)
def history(connection_id: int) -> Response:
    """Show one page of the history."""
    connection = get_integration(connection_id, current_actor())
    return _dashboard(connection, "integrations/hubspot/_history.html")


@blueprint.get("/<int:connection_id>/runs/<int:run_id>")
@requires(Permission.INTEGRATIONS)
def sync_run(connection_id: int, run_id: int) -> Response:
    connection = get_integration(connection_id, current_actor())
    return htmx.render("integrations/hubspot/run.html", connection=connection, details=sync_details(connection, run_id))


def _dashboard(connection: Integration, part: str = "") -> Response:
    page = "integrations/hubspot/dashboard.html"
    about: dict[str, Any] = {"connection": connection, "syncing": syncing(connection), "history": _history(connection)}
    about |= {"features_off": features_off(connection.scopes), "standing_still": standing_still(connection)}
    about["refused"] = last_refused()
    return htmx.render(page, part or None, **about)


def _history(connection: Integration) -> SyncHistory:
    return sync_history(connection, PagePosition.asked_by(request.args), order=time_order(request.args))

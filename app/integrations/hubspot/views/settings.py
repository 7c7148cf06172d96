"""The screen Settings of a connected HubSpot account."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from app.core import error_messages, htmx
from app.core.db import db
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import _, sentences
from app.integrations.hubspot import operations
from app.integrations.hubspot.credentials import find_app
from app.integrations.hubspot.forms import SyncSettingsForm
from app.integrations.hubspot.gateway import scopes
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.hubspot.groups.switching import groups_of
from app.integrations.hubspot.inbox.channel import find_channel
from app.integrations.hubspot.inbox.showing import inboxes_of
from app.integrations.hubspot.queries import get_integration
from app.integrations.hubspot.registering import find_registration, is_registering
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.views.blueprint import blueprint
from app.integrations.hubspot.webhooks.refused import last_refused
from app.integrations.shared import connecting
from app.integrations.shared.choosing import choices_of
from app.integrations.shared.creating import count_to_create
from app.integrations.shared.models import Integration
from app.integrations.shared.queries import accounts_of
from app.team.models import Member
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/<int:connection_id>/settings")
@requires(Permission.INTEGRATIONS)
def settings(connection_id: int) -> Response:
    connection = get_integration(connection_id, current_actor())
    return _show(connection, SyncSettingsForm.of(connection))


@blueprint.get("/<int:connection_id>/webhooks")
@requires(Permission.INTEGRATIONS)
def webhooks(connection_id: int) -> Response:
    """Show the section of webhooks alone, polled: the registration and the first event come by themselves."""
    connection = get_integration(connection_id, current_actor())
    if not htmx.is_fragment():
        return _back(connection)
    page, part = "integrations/hubspot/settings.html", "integrations/hubspot/_webhooks.html"
    return htmx.render(page, part, connection=connection, **registered())


@blueprint.post("/<int:connection_id>/settings")
@requires(Permission.INTEGRATIONS)
def change_settings(connection_id: int) -> Response:
    connection, form = get_integration(connection_id, current_actor(), lock=True), SyncSettingsForm()
    is_new = form.creates_records.data and not connection.creates_records
    if is_new and request.form.get("is_sure") != "1" and (creating := _to_create(connection)):
        return _show(connection, form, 422, creating=creating)
    given = form.sync_minutes.data or 0, form.creates_records.data
    if not form.submit(lambda: connecting.change_settings(connection, *given, actor=current_actor())):
        return _show(connection, form, 422)
    return _back(connection, _("Saved."))


@blueprint.post("/<int:connection_id>/accounts/<int:covered_id>/removal")
@requires(Permission.INTEGRATIONS)
def remove_account(connection_id: int, covered_id: int) -> Response:
    connection = get_integration(connection_id, current_actor(), lock=True)
    connecting.remove_account(connection, covered_id, actor=current_actor())
    return _back(connection, _("Removed. Its data stay."))


@blueprint.post("/<int:connection_id>/check")
@requires(Permission.INTEGRATIONS)
def check(connection_id: int) -> Response:
    """Ask HubSpot whether the connection works and what it grants."""
    connection = get_integration(connection_id, current_actor())
    try:
        operations.check(connection, actor=current_actor())
    except (RetryLater, PermanentFailure) as error:
        db.session.rollback()
        htmx.toast(error_messages.sentence(error.code, error.params), "error")
        return _back(connection)
    return _back(connection, _("The connection works."))


@blueprint.post("/<int:connection_id>/disconnection")
@requires(Permission.INTEGRATIONS)
def disconnect(connection_id: int) -> Response:
    connection = get_integration(connection_id, current_actor(), lock=True)
    is_told = operations.disconnect(connection, actor=current_actor())
    said = _("HubSpot is disconnected. All data stay.")
    return _back(connection, said if is_told else sentences([said, error_messages.sentence(operations.NOT_TOLD)]))


def _back(connection: Integration, words: str = "") -> Response:
    return htmx.go(url_for("hubspot.settings", connection_id=connection.id), toast=words)


def _to_create(connection: Integration) -> int:
    return count_to_create(connection.id, [entry.account_id for entry, _account in accounts_of(connection.id)])


def _show(connection: Integration, form: SyncSettingsForm, status: int = 200, *, creating: int = 0) -> Response:
    page, partial = "integrations/hubspot/settings.html", "integrations/hubspot/_sync_settings.html"
    return htmx.render(page, partial, status, form=form, creating=creating, **_context(connection))


def _context(connection: Integration) -> dict[str, Any]:
    covered = accounts_of(connection.id)
    known = {entry.account_id for entry, _account in covered}
    by = db.session.get(Member, connection.connected_by) if connection.connected_by else None
    return {
        "connection": connection,
        "covered": covered,
        "addable": [one for one in choices_of(HUBSPOT, current_actor(), connection.id) if one.account.id not in known],
        "connected_by": by.label if by else "",
        "hubspot_url": urls.contacts(connection.remote_id),
        "granted": connection.scopes,
        "missing": scopes.missing(connection.scopes),
        "scope_words": scopes.words_of,
        "features_off": scopes.features_off(connection.scopes),
        "inboxes": inboxes_of(connection),
        "inbox_settings_url": urls.inbox_settings(connection.remote_id),
        "inbox_url": urls.inbox(connection.remote_id),
        "groups": groups_of(connection),
        **registered(),
    }


def registered() -> dict[str, Any]:
    """Return the app with what came of registering it and its channel at HubSpot."""
    app = find_app()
    known = find_registration(app)
    return {
        "app": app,
        "registration": known,
        "is_registering": is_registering(app, known),
        "refused": last_refused(),
        "channel": find_channel(app.app_id) if app else None,
    }

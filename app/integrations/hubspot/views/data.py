"""The screen Sync Data of a connected HubSpot account, and the page of a field."""

from __future__ import annotations

from functools import partial

from flask import Response, request, url_for

from app.core import error_messages, htmx
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import _
from app.core.identifiers import posted_number
from app.core.usage import usages_of
from app.integrations.hubspot import sync_data, trying_again
from app.integrations.hubspot.opening import open_portal
from app.integrations.hubspot.properties import make_line_properties, refresh_mappings
from app.integrations.hubspot.queries import get_integration
from app.integrations.hubspot.shown_values import remote_in_words
from app.integrations.hubspot.switching import compare_again, switch_property
from app.integrations.hubspot.switching import switch_list as switch
from app.integrations.hubspot.sync_lists import list_table
from app.integrations.hubspot.usages import KIND
from app.integrations.hubspot.views.blueprint import blueprint
from app.integrations.shared.connecting import make_in_accounts
from app.integrations.shared.mappings import get_mapping, remove_mapping
from app.integrations.shared.refusals import count_refused, refused_links
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/<int:connection_id>/data")
@requires(Permission.INTEGRATIONS)
def data(connection_id: int) -> Response:
    return _screen(connection_id)


@blueprint.get("/<int:connection_id>/data/fields/<int:mapping_id>")
@requires(Permission.INTEGRATIONS)
def field(connection_id: int, mapping_id: int) -> Response:
    connection = get_integration(connection_id, current_actor())
    mapping = get_mapping(connection.id, mapping_id)
    may_see_friends = current_actor().may(Permission.FRIENDS)
    row = sync_data.field_row(connection, mapping)
    return htmx.render(
        "integrations/hubspot/field.html",
        connection=connection,
        row=row,
        type_label=sync_data.type_label(mapping.remote_type, mapping.remote_field_type),
        errors=sync_data.errors_of(connection, mapping),
        errors_in_all=sync_data.count_errors(mapping),
        conflicts=sync_data.conflicts_of(mapping),
        in_words=partial(remote_in_words, mapping),
        can_make=may_see_friends,
        may_see_friends=may_see_friends,
        usages=usages_of(KIND, mapping.id, current_actor()),
    )


@blueprint.post("/<int:connection_id>/data/fields/<int:mapping_id>/again")
@requires(Permission.INTEGRATIONS)
def try_field_again(connection_id: int, mapping_id: int) -> Response:
    """Try the values again that could not be stored."""
    connection = get_integration(connection_id, current_actor())
    trying_again.try_field(connection, mapping_id, actor=current_actor())
    here = url_for("hubspot.field", connection_id=connection.id, mapping_id=mapping_id)
    return htmx.go(here, toast=_("They are tried again now. Look here again in a moment."))


@blueprint.post("/<int:connection_id>/data/refused")
@requires(Permission.INTEGRATIONS)
def try_refused_again(connection_id: int) -> Response:
    """Write all contacts again that HubSpot has refused."""
    connection = get_integration(connection_id, current_actor())
    trying_again.try_refused(connection, actor=current_actor())
    htmx.toast(_("They are tried again now. Look here again in a moment."))
    return _changed(connection_id)


@blueprint.post("/<int:connection_id>/data/fields/<int:mapping_id>/removal")
@requires(Permission.INTEGRATIONS)
def remove_field(connection_id: int, mapping_id: int) -> Response:
    connection = get_integration(connection_id, current_actor())
    label = get_mapping(connection.id, mapping_id).remote_label
    is_sure = request.form.get("is_sure") == "1"
    remove_mapping(connection, mapping_id, is_sure=is_sure, actor=current_actor())
    words = _("“%(property)s” is no longer synced. Values stay on both sides.", property=label)
    return htmx.go(url_for("hubspot.data", connection_id=connection.id), toast=words)


@blueprint.post("/<int:connection_id>/data/fields/<int:mapping_id>/attribute")
@requires(Permission.INTEGRATIONS)
def make_attribute(connection_id: int, mapping_id: int) -> Response:
    """Make the field's attribute in the accounts that lack it."""
    connection = get_integration(connection_id, current_actor())
    mapping = get_mapping(connection.id, mapping_id)
    make_in_accounts(connection, [mapping.field], actor=current_actor())
    here = url_for("hubspot.field", connection_id=connection.id, mapping_id=mapping.id)
    return htmx.go(here, toast=_("The attribute was created."))


@blueprint.post("/<int:connection_id>/data/line")
@requires(Permission.INTEGRATIONS)
def switch_line(connection_id: int) -> Response:
    """Switch a property on or off that Tomoru writes."""
    connection = get_integration(connection_id, current_actor())
    account_id, is_on = posted_number(request.form.get("account")), request.form.get("on") == "1"
    switch_property(connection, account_id, request.form.get("key", ""), is_on=is_on, actor=current_actor())
    htmx.toast(_("Switched on. It is written from now on.") if is_on else _("Switched off. Values at HubSpot stay."))
    return _changed(connection_id)


@blueprint.get("/<int:connection_id>/data/lists")
@requires(Permission.INTEGRATIONS)
def lists(connection_id: int) -> Response:
    """Show the lists whose name contains what was typed."""
    return _lists(connection_id)


@blueprint.post("/<int:connection_id>/data/lists/<int:list_id>")
@requires(Permission.INTEGRATIONS)
def switch_list(connection_id: int, list_id: int) -> Response:
    """Read the members of a list, or no longer."""
    connection, is_on = get_integration(connection_id, current_actor()), request.form.get("on") == "1"
    switch(connection, list_id, is_on=is_on, actor=current_actor())
    htmx.toast(_("The next sync reads its members.") if is_on else _("Its members are no longer read."))
    return _lists(connection_id)


def _lists(connection_id: int) -> Response:
    connection = get_integration(connection_id, current_actor())
    shown = list_table(connection, request.values.get("search", ""))
    return htmx.render(
        "integrations/hubspot/lists.html", "integrations/hubspot/_lists.html", connection=connection, lists=shown
    )


@blueprint.post("/<int:connection_id>/data/check")
@requires(Permission.INTEGRATIONS)
def check_again(connection_id: int) -> Response:
    """Compare the properties at HubSpot with what is needed, and make what is missing."""
    connection = get_integration(connection_id, current_actor())
    compare_again(connection, actor=current_actor())
    try:
        access, _app_id = open_portal(connection)
        refresh_mappings(connection, access)
        make_line_properties(connection, access)
    except (RetryLater, PermanentFailure) as error:
        htmx.toast(error_messages.sentence(error.code, error.params), "error")
    else:
        htmx.toast(_("HubSpot was compared. What was missing was made."))
    return _changed(connection_id)


def _changed(connection_id: int) -> Response:
    if not htmx.is_fragment():
        return htmx.go(url_for("hubspot.data", connection_id=connection_id))
    return _screen(connection_id)


def _screen(connection_id: int) -> Response:
    connection = get_integration(connection_id, current_actor())
    return htmx.render(
        "integrations/hubspot/data.html",
        "integrations/hubspot/_data.html",
        connection=connection,
        rows=sync_data.field_rows(connection),
        tables=sync_data.line_tables(connection),
        lists=list_table(connection, ""),
        refused=refused_links(connection.id),
        refused_in_all=count_refused(connection.id),
        may_see_friends=current_actor().may(Permission.FRIENDS),
    )

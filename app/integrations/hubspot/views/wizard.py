"""Connect a HubSpot account: choose LINE accounts, approve at HubSpot, come back."""

from __future__ import annotations

from flask import Response, request, url_for

from app.core import htmx
from app.core.i18n import _
from app.core.runs.queries import latest_run
from app.integrations.hubspot import operations
from app.integrations.hubspot.credentials import find_app
from app.integrations.hubspot.forms import AccountsForm
from app.integrations.hubspot.queries import get_integration
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.sync.run import SYNC
from app.integrations.hubspot.views.blueprint import blueprint
from app.integrations.shared.approvals import NotApproved
from app.integrations.shared.choosing import choices_of
from app.integrations.shared.connecting import label_of
from app.integrations.shared.models import Integration, IntegrationState
from app.integrations.shared.queries import accounts_of
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/connect")
@requires(Permission.INTEGRATIONS)
def connect() -> Response:
    free = [one.account.id for one in choices_of(HUBSPOT, current_actor()) if not one.taken_by]
    return _ask(AccountsForm(accounts=free if len(free) == 1 else []))


@blueprint.post("/connect")
@requires(Permission.INTEGRATIONS)
def begin() -> Response:
    """Send the member to HubSpot."""
    form, pages = AccountsForm(), list[str]()
    if not form.submit(lambda: pages.append(operations.begin(form.chosen, actor=current_actor()))):
        return _ask(form, 422)
    return leave_for(pages[0])


@blueprint.post("/<int:connection_id>/reconnect")
@requires(Permission.INTEGRATIONS)
def reconnect(connection_id: int) -> Response:
    """Send the member to HubSpot again, for the LINE accounts that are covered."""
    connection = get_integration(connection_id, current_actor())
    account_ids = [entry.account_id for entry, _account in accounts_of(connection.id)]
    if not account_ids:
        return htmx.go(url_for("hubspot.connect"))
    return leave_for(operations.begin(account_ids, actor=current_actor(), integration_id=connection.id))


def leave_for(page: str) -> Response:
    """Lead to HubSpot's page; without script by a link, since forms may be answered by our own pages only."""
    if htmx.is_fragment():
        return htmx.go(page)
    return htmx.render("integrations/hubspot/approve.html", address=page)


@blueprint.get("/callback")
@requires(Permission.INTEGRATIONS)
def callback() -> Response:
    """Take what HubSpot sends back; who is not signed in does so first, and comes back to this address."""
    code, state, error = (request.args.get(name, "") for name in ("code", "state", "error"))
    if not (code or error):
        words = _("HubSpot opens this page after an approval; it was opened without one. Nothing has changed.")
        return _not_approved(NotApproved(words), 400, title=_("Nothing was approved"))
    try:
        if error:
            return _not_approved(operations.deny(state, error, actor=current_actor()), 200)
        return _connected(operations.finish(code, state, actor=current_actor()))
    except NotApproved as refusal:
        return _not_approved(refusal, 409, title=_("This approval cannot be used"))


@blueprint.get("/<int:connection_id>/confirmation")
@requires(Permission.INTEGRATIONS)
def confirmation(connection_id: int) -> Response:
    """Ask for which LINE accounts an approval from HubSpot's side is meant."""
    connection = get_integration(connection_id, current_actor())
    if connection.state != IntegrationState.PENDING:
        return htmx.go(url_for("hubspot.settings", connection_id=connection.id))
    covered = [entry.account_id for entry, _account in accounts_of(connection.id)]
    return _ask_confirmation(connection, AccountsForm(accounts=covered))


@blueprint.post("/<int:connection_id>/confirmation")
@requires(Permission.INTEGRATIONS)
def confirm(connection_id: int) -> Response:
    connection, form = get_integration(connection_id, current_actor(), lock=True), AccountsForm()
    if not form.submit(lambda: operations.confirm(connection, form.chosen, actor=current_actor())):
        return _ask_confirmation(connection, form, 422)
    return _connected(connection)


def _connected(connection: Integration) -> Response:
    if connection.state == IntegrationState.PENDING:
        return htmx.go(url_for("hubspot.confirmation", connection_id=connection.id))
    if latest_run(SYNC.name, connection.id) is None:
        words = _("HubSpot is connected: %(name)s. The first sync begins by itself.", name=label_of(connection))
    else:
        words = _("HubSpot is connected again: %(name)s. What has changed is synced now.", name=label_of(connection))
    return htmx.go(url_for("hubspot.dashboard", connection_id=connection.id), toast=words)


def _not_approved(refusal: NotApproved, status: int, *, title: str = "") -> Response:
    page, about = "integrations/hubspot/not_approved.html", {"message": refusal.message}
    about |= {"integration_id": refusal.integration_id, "title": title or _("HubSpot is not connected")}
    return htmx.render(page, None, status, **about)


def _ask(form: AccountsForm, status: int = 200) -> Response:
    page, partial = "integrations/hubspot/connect.html", "integrations/hubspot/_connect_form.html"
    offered = choices_of(HUBSPOT, current_actor())
    return htmx.render(page, partial, status, form=form, offered=offered, has_app=find_app() is not None)


def _ask_confirmation(connection: Integration, form: AccountsForm, status: int = 200) -> Response:
    page, partial = "integrations/hubspot/confirm.html", "integrations/hubspot/_confirm_form.html"
    offered = choices_of(HUBSPOT, current_actor(), connection.id)
    return htmx.render(page, partial, status, form=form, offered=offered, connection=connection)

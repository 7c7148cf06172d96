"""The app with which this installation introduces itself to HubSpot: credentials, and files to register it with."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from app.core import error_messages, htmx
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import _
from app.core.secrets import UnreadableSecret
from app.integrations.hubspot import project
from app.integrations.hubspot.credentials import HubSpotApp, find_app, settings
from app.integrations.hubspot.credentials import change_app as change
from app.integrations.hubspot.forms import AppForm
from app.integrations.hubspot.registering import find_registration, is_registering, register_again
from app.integrations.hubspot.views.blueprint import blueprint
from app.team.permissions import current_actor, requires_administrator
from app.team.sign_in import requires_proof


@blueprint.get("/app")
@requires_administrator
def app() -> Response:
    return _show(AppForm.of(_readable_app()))


@blueprint.post("/app")
@requires_administrator
@requires_proof
def change_app() -> Response:
    form = AppForm()
    form.has_secret = _readable_app() is not None
    secrets = form.client_secret.data or None, form.developer_key.data or None
    given = form.app_id.data or "", form.client_id.data or ""
    if not form.submit(lambda: change(*given, *secrets, actor=current_actor())):
        return _show(form, 422)
    return htmx.go(url_for("hubspot.connect"), toast=_("Saved."))


@blueprint.get("/app/project.zip")
@requires_administrator
def download_project() -> Response:
    """Hand out the project files, to be uploaded with HubSpot's command line."""
    answer = Response(project.zipped(), mimetype="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="tomoru-hubspot.zip"'
    return answer


@blueprint.get("/app/registration")
@requires_administrator
def registration() -> Response:
    """Show what came of registering, polled."""
    return _registration() if htmx.is_fragment() else htmx.go(url_for("hubspot.app"))


@blueprint.post("/app/registration")
@requires_administrator
def register() -> Response:
    """Register what the developer key allows now, and show what came of it."""
    try:
        register_again(actor=current_actor())
        htmx.toast(_("Webhooks and the workflow action are registered."))
    except (RetryLater, PermanentFailure) as error:
        htmx.toast(error_messages.sentence(error.code, error.params), "error")
    return _registration() if htmx.is_fragment() else htmx.go(url_for("hubspot.app"))


def _readable_app() -> HubSpotApp | None:
    """Return the app; None where it has to be entered again, since the key that encrypted it is lost."""
    try:
        return find_app()
    except UnreadableSecret:
        return None


def _show(form: AppForm, status: int = 200) -> Response:
    page, partial = "integrations/hubspot/app.html", "integrations/hubspot/_app_form.html"
    shown = {"files": project.files(), "redirect_uri": settings.redirect_uri, **_registered()}
    return htmx.render(page, partial, status, form=form, **shown)


def _registration() -> Response:
    page, part = "integrations/hubspot/app.html", "integrations/hubspot/_registration.html"
    return htmx.render(page, part, **_registered())


def _registered() -> dict[str, Any]:
    """Return the app and what came of registering it."""
    app = _readable_app()
    known = find_registration(app)
    return {"app": app, "registration": known, "is_registering": is_registering(app, known)}

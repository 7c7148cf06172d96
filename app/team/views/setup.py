"""The first page of a new installation; there is nothing here once it has a member."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.core import htmx, i18n
from app.core.errors import NotFound
from app.core.i18n import _
from app.team import queries, rate_limits, time_zones, unsent
from app.team import sign_in as sessions
from app.team.forms import SetupForm
from app.team.models import Member
from app.team.operations import setup
from app.team.permissions import public

blueprint = Blueprint("setup", __name__)


@blueprint.get("/setup")
@public
def new() -> Response:
    return _ask(SetupForm(code=request.args.get("code", "")))


@blueprint.post("/setup")
@public
@rate_limits.failures("20 per 15 minutes")
def create() -> Response:
    form = SetupForm()
    if not form.submit(lambda: _set_up(form)):
        return _ask(form, 422)
    return htmx.go(url_for("home.show"), toast=_("Welcome! Connect your LINE Official Account next."))


@unsent.prints_again("setup.create")
def print_again() -> Response:
    """Print the form of an earlier session again."""
    return _ask(unsent.of_earlier_session(SetupForm()), 400)


def _set_up(form: SetupForm) -> Member:
    member = setup.set_up(
        workspace_name=form.workspace_name.data,
        time_zone=form.time_zone.data,
        language=i18n.language(),
        email=form.email.data,
        name=form.name.data,
        password=form.password.data,
    )
    sessions.start(member, remember=True)
    return member


@blueprint.errorhandler(429)
def refuse(error: Exception) -> Response:
    del error
    form = SetupForm()
    rate_limits.explain(form)
    return _ask(form, 429)


def _ask(form: SetupForm, status: int = 200) -> Response:
    if queries.has_members():
        raise NotFound
    zones = time_zones.choices(i18n.language())
    return htmx.render("team/setup/new.html", "team/setup/_form.html", status, form=form, zones=zones)

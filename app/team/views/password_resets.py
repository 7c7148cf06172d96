"""Choosing a new password by a mailed link."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.clock import now
from app.core.i18n import _
from app.core.mail import smtp
from app.team import devices, queries, rate_limits, unsent
from app.team.forms import AskForm, NewPasswordForm
from app.team.models import LinkPurpose, LinkState
from app.team.operations import password_resets
from app.team.permissions import public

blueprint = Blueprint("password_resets", __name__, url_prefix=password_resets.PATH)


@blueprint.get("/new")
@public
def new() -> Response:
    return _ask(AskForm())


@blueprint.post("/new")
@public
@rate_limits.tries("20 per hour", unless=rate_limits.device_of_typed)
@rate_limits.tries("5 per hour", of=rate_limits.who_types)
def create() -> Response:
    form = AskForm()
    if not form.validate_on_submit():
        return _ask(form, 422)
    password_resets.ask(form.email.data)
    return htmx.render(
        "team/password_resets/sent.html", "team/password_resets/_sent.html", has_server=bool(smtp.server.url)
    )


@blueprint.get("/<token>")
@public
def edit(token: str) -> Response:
    return _choose(token, NewPasswordForm())


@blueprint.post("/<token>")
@public
def update(token: str) -> Response:
    form = NewPasswordForm()
    link = queries.link_by_token(LinkPurpose.PASSWORD_RESET, token)
    if link is None or link.state(now()) != LinkState.VALID:
        return _choose(token, form)
    if not form.submit(lambda: password_resets.redeem(link, password=form.password.data)):
        return _choose(token, form, 422)
    # Who reads the member's e-mail is no stranger: this browser has a count of tries of its own from now on.
    devices.note(queries.member_by_id(link.member_id))
    return htmx.go(url_for("sign_in.new"), toast=_("Your password is changed. Sign in with it."))


@unsent.prints_again("password_resets.create")
def print_again() -> Response:
    """Print the form of an earlier session again."""
    return _ask(unsent.of_earlier_session(AskForm()), 400)


@unsent.prints_again("password_resets.update")
def print_choice_again(token: str) -> Response:
    """Print the form of an earlier session again."""
    return _choose(token, unsent.of_earlier_session(NewPasswordForm()), 400)


@blueprint.errorhandler(429)
def refuse(error: Exception) -> Response:
    del error
    form = AskForm()
    rate_limits.explain(form)
    return _ask(form, 429)


def _ask(form: AskForm, status: int = 200) -> Response:
    return htmx.render("team/password_resets/new.html", "team/password_resets/_ask_form.html", status, form=form)


def _choose(token: str, form: NewPasswordForm, status: int = 200) -> Response:
    """Return the form while the link is good, else what became of the link."""
    link = queries.link_by_token(LinkPurpose.PASSWORD_RESET, token)
    if link is None or link.state(now()) != LinkState.VALID:
        state = link.state(now()) if link else None
        return htmx.render("team/password_resets/dead.html", status=410 if link else 404, state=state)
    return htmx.render(
        "team/password_resets/edit.html", "team/password_resets/_form.html", status, form=form, action=request.path
    )

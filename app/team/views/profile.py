"""Personal settings."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, url_for

from app.core import htmx
from app.core.config import Config
from app.core.i18n import _
from app.team import browsers, queries, rate_limits
from app.team import sign_in as sessions
from app.team.forms import PasswordForm, ProfileForm
from app.team.operations import profile, sign_in
from app.team.permissions import current_actor, me, requires_member
from app.team.views.preferences import remember

blueprint = Blueprint("profile", __name__, url_prefix="/profile")


def member_key() -> str:
    """Whose guesses at the own password are counted."""
    return f"member {me().id}"


@blueprint.get("")
@requires_member
def edit() -> Response:
    return _page()


@blueprint.post("")
@requires_member
def update() -> Response:
    form = ProfileForm()
    language, theme = form.language.data or None, form.theme.data or None
    change = lambda: profile.change_profile(  # noqa: E731
        me(), name=form.name.data, language=language, theme=theme, actor=current_actor()
    )
    if not form.submit(change):
        return _page("team/profile/_form.html", 422, profile_form=form)
    htmx.toast(_("Saved."))
    answer = htmx.go(url_for("profile.edit"))
    return remember(remember(answer, "language", language or ""), "theme", theme or "")


@blueprint.post("/password")
@requires_member
@rate_limits.failures("10 per 15 minutes", of=member_key)
def change_password() -> Response:
    form = PasswordForm()
    present, password = form.present.data, form.password.data
    given = {"present": present, "code": form.code.data or "", "password": password}
    change = lambda: profile.change_password(me(), sessions.present(), **given, actor=current_actor())  # noqa: E731
    if not form.submit(change):
        return _page("team/profile/_password.html", 422, password_form=form)
    return htmx.go(url_for("profile.edit"), toast=_("Your password is changed. All other devices are signed out."))


@blueprint.post("/other-sessions")
@requires_member
def end_other_sessions() -> Response:
    sign_in.end_elsewhere(me(), sessions.present(), actor=current_actor())
    return htmx.go(url_for("profile.edit"), toast=_("All other devices are signed out."))


@blueprint.post("/sessions/<int:session_id>/end")
@requires_member
def end_session(session_id: int) -> Response:
    sign_in.end_one(me(), session_id, actor=current_actor())
    return htmx.go(url_for("profile.edit"), toast=_("The device is signed out."))


@blueprint.errorhandler(429)
def refuse(error: Exception) -> Response:
    del error
    form = PasswordForm()
    rate_limits.explain(form)
    return _page("team/profile/_password.html", 429, password_form=form)


def _page(
    partial: str | None = None,
    status: int = 200,
    profile_form: ProfileForm | None = None,
    password_form: PasswordForm | None = None,
) -> Response:
    member = me()
    config: Config = current_app.config["TOMORU"]
    present = {"name": member.name, "language": member.language or "", "theme": member.theme or ""}
    return htmx.render(
        "team/profile/edit.html",
        partial,
        status,
        member=member,
        profile_form=profile_form or ProfileForm(formdata=None, data=present),
        password_form=password_form or PasswordForm(formdata=None),
        sessions=queries.sessions_of(member, config.session_days, config.session_max_days),
        present=sessions.present(),
        passkeys=queries.passkeys_of(member),
        browser_label=browsers.label,
    )

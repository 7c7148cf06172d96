"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from flask_login import current_user

from app.core import htmx
from app.core.errors import Conflict
from app.core.i18n import _
from app.team import devices, queries, rate_limits, unsent
from app.team import sign_in as sessions
from app.team.forms import CodeForm, SignInForm
from app.team.operations import sign_in, two_factor
from app.team.permissions import current_actor, me, public, requires_member
from app.team.safe_redirect import own_path
from app.team.views import passkey_challenges

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
@public
def new() -> Response:
    if not queries.has_members():
        return htmx.go(url_for("setup.new"))
    if current_user.is_authenticated:
        return htmx.go(own_path(request.args.get("next")))
    return _ask_password(SignInForm(next=own_path(request.args.get("next"))))


@blueprint.post("/sign-in")
@public
@rate_limits.failures("50 per 15 minutes", unless=rate_limits.device_of_typed)
@rate_limits.failures("10 per 15 minutes", of=rate_limits.who_types)
@rate_limits.failures(
    rate_limits.OVER_ALL_NETWORKS, of=rate_limits.account_everywhere, unless=rate_limits.device_of_typed
)
def create() -> Response:
    form = SignInForm()
    valid = form.validate_on_submit()
    member = sign_in.authenticate(form.email.data, form.password.data) if valid else None
    if member is None:
        if valid:
            form.form_errors.append(_("E-mail address or password is not right."))
        return _ask_password(form, 422)
    if member.has_two_factor:
        sessions.hold(member, form.remember.data, own_path(form.next.data))
        return htmx.go(url_for("sign_in.code"))
    sessions.start(member, form.remember.data)
    return htmx.go(own_path(form.next.data))


@unsent.prints_again("sign_in.create")
def print_again() -> Response:
    """Print the form of an earlier session again; a browser that is signed in by now goes on."""
    form = SignInForm()
    if current_user.is_authenticated:
        return htmx.go(own_path(form.next.data))
    return _ask_password(unsent.of_earlier_session(form), 400)


@blueprint.get("/sign-in/code")
@public
def code() -> Response:
    return _ask_code(CodeForm()) if sessions.held() else htmx.go(url_for("sign_in.new"))


def half_signed_in() -> str:
    """Return whose second step is limited: those who know the password share one count, except in known browsers."""
    member = sessions.held_member()
    return f"{devices.known_to(member) or 'unknown browser'} {member.id if member else ''}"


@blueprint.post("/sign-in/code")
@public
@rate_limits.failures("50 per 15 minutes", unless=lambda: devices.known_to(sessions.held_member()))
@rate_limits.failures("5 per 15 minutes; 20 per day", of=half_signed_in)
def check_code() -> Response:
    held = sessions.held()
    if held is None:
        return _start_again()
    member, note = held
    form = CodeForm()
    proof = two_factor.use_code(member, form.code.data) if form.validate_on_submit() else None
    if proof is None:
        wrong = two_factor.trouble(member) or _("This code is not right, or was used already.")
        form.code.errors = [*form.code.errors] or [wrong]
        return _ask_code(form, 422)
    with_what = sign_in.SignInMethod.RECOVERY_CODE if proof == "recovery" else sign_in.SignInMethod.PASSWORD
    sessions.start(member, note["remember"], with_what)
    return htmx.go(own_path(note["next"]))


@unsent.prints_again("sign_in.check_code")
def print_code_again() -> Response:
    """Print the second step again, unless the first one was of the earlier session too."""
    return _ask_code(unsent.of_earlier_session(CodeForm()), 400) if sessions.held() else _start_again()


@blueprint.post("/sign-in/code/passkey/options")
@public
def offer_passkey() -> Response:
    member = sessions.held_member()
    if member is None:
        raise Conflict(_("That took too long. Start again."))
    return passkey_challenges.offer(member)


@blueprint.post("/sign-in/code/passkey")
@public
@rate_limits.failures("50 per 15 minutes", unless=lambda: devices.known_to(sessions.held_member()))
@rate_limits.failures("5 per 15 minutes; 20 per day", of=half_signed_in)
def check_passkey() -> Response:
    """Take a passkey in place of the code, of the member whose password was right."""
    held = sessions.held()
    if held is None:
        return _start_again()
    (member, note), form = held, CodeForm(formdata=None)
    used_by = passkey_challenges.who_answered()
    if used_by is None or used_by.id != member.id:
        form.form_errors.append(_("This passkey does not belong to your account. Use a code."))
        return _ask_code(form, 422)
    sessions.start(member, note["remember"], sign_in.SignInMethod.PASSKEY)
    return htmx.go(own_path(note["next"]))


def _start_again() -> Response:
    htmx.toast(_("That took too long. Start again."), "info")
    return htmx.go(url_for("sign_in.new"))


@blueprint.get("/sign-in/done")
@requires_member
def resume() -> Response:
    """The end of a sign-in or a confirmation in a tab of its own, beside a page that waits for it."""
    return htmx.render("team/sign_in/resume.html")


@blueprint.post("/sign-out")
@requires_member
def destroy() -> Response:
    sign_in.end(me(), sessions.present(), actor=current_actor())
    sessions.end()
    return htmx.go(url_for("sign_in.new"))


@blueprint.errorhandler(429)
def refuse(error: Exception) -> Response:
    """The same form again, with the reason above it."""
    del error
    is_code = request.endpoint in {"sign_in.check_code", "sign_in.check_passkey"}
    form = CodeForm() if is_code else SignInForm()
    rate_limits.explain(form)
    return _ask_code(form, 429) if is_code else _ask_password(form, 429)


def _ask_password(form: SignInForm, status: int = 200) -> Response:
    has_passkeys = passkey_challenges.site() is not None
    return htmx.render("team/sign_in/new.html", "team/sign_in/_form.html", status, form=form, has_passkeys=has_passkeys)


def _ask_code(form: CodeForm, status: int = 200) -> Response:
    return htmx.render(
        "team/sign_in/code.html",
        "team/sign_in/_code_form.html",
        status,
        form=form,
        by_recovery=bool(request.args.get("recovery")),
        can_use_passkey=passkey_challenges.can_use_one(sessions.held_member()),
    )

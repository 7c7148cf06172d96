"""The question for the password, and the code, before something sensitive."""

from __future__ import annotations

from flask import Blueprint, Response, request, session

from app.core import htmx
from app.core.i18n import _
from app.team import rate_limits
from app.team import sign_in as sessions
from app.team.forms import ConfirmForm, PasskeySignInForm
from app.team.operations import proofs
from app.team.permissions import current_actor, me, requires_member
from app.team.safe_redirect import own_path
from app.team.views import passkey_challenges
from app.team.views.profile import member_key

blueprint = Blueprint("proofs", __name__, url_prefix="/confirmation")


@blueprint.get("")
@requires_member
def new() -> Response:
    after = own_path(request.args.get("next"))
    if proofs.is_fresh(sessions.present()):
        return htmx.go(after)
    return _ask(ConfirmForm(formdata=None, data={"next": after}))


@blueprint.post("")
@requires_member
@rate_limits.failures("10 per 15 minutes", of=member_key)
def create() -> Response:
    form, actor = ConfirmForm(), current_actor()
    given = {"password": form.password.data or "", "code": form.code.data or ""}
    if not form.submit(lambda: proofs.renew(me(), sessions.present(), **given, actor=actor)):
        return _ask(form, 422)
    return _go_on(own_path(form.next.data))


@blueprint.post("/passkey/options")
@requires_member
def offer_passkey() -> Response:
    return passkey_challenges.offer(me())


@blueprint.post("/passkey")
@requires_member
@rate_limits.failures("10 per 15 minutes", of=member_key)
def use_passkey() -> Response:
    form, actor, used_by = PasskeySignInForm(), current_actor(), passkey_challenges.who_answered()
    after = own_path(form.next.data)
    if form.submit(lambda: proofs.renew_with_passkey(me(), sessions.present(), used_by=used_by, actor=actor)):
        return _go_on(after)
    by_password = ConfirmForm(formdata=None, data={"next": after})
    by_password.form_errors = [*form.form_errors]
    return _ask(by_password, 422)


def _go_on(after: str) -> Response:
    words = _("Thank you. For 15 minutes you are not asked again.")
    if session.pop(sessions.FILE_WAITS, False):
        words = _("Thank you. Now press the button of the file once more; for 15 minutes you are not asked again.")
    htmx.toast(words, "info")
    return htmx.go(after)


@blueprint.errorhandler(429)
def refuse(error: Exception) -> Response:
    del error
    form = ConfirmForm(formdata=None, data={"next": own_path(request.form.get("next"))})
    rate_limits.explain(form)
    return _ask(form, 429)


def _ask(form: ConfirmForm, status: int = 200) -> Response:
    context = {"form": form, "member": me(), "can_use_passkey": passkey_challenges.can_use_one(me())}
    return htmx.render("team/proofs/new.html", "team/proofs/_form.html", status, **context)

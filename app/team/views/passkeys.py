"""Passkeys: those of the own account, and signing in with one."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.errors import InvalidInput
from app.core.i18n import _
from app.team import queries, rate_limits
from app.team import sign_in as sessions
from app.team.forms import PasskeyForm, PasskeySignInForm, ProofForm, SignInForm
from app.team.operations import passkeys
from app.team.operations.sign_in import SignInMethod
from app.team.permissions import current_actor, me, public, requires_member
from app.team.safe_redirect import own_path
from app.team.views import passkey_challenges
from app.team.views.passkey_challenges import held, hold, required_site, site, who_answered
from app.team.views.profile import member_key

blueprint = Blueprint("passkeys", __name__)
PAGE = "/profile/passkeys"


@blueprint.get(PAGE)
@requires_member
def index() -> Response:
    return _page()


@blueprint.post(f"{PAGE}/options")
@requires_member
@rate_limits.failures("10 per 15 minutes", of=member_key)
def begin() -> Response:
    """Return what the browser needs to make a passkey, after both proofs; the reason as JSON when they are wrong."""
    form, actor = PasskeyForm(), current_actor()
    proofs = {"password": form.password.data or "", "code": form.code.data or ""}
    if not form.name.data:
        raise InvalidInput(name=_("Fill this in."))
    options, challenge = passkeys.begin(me(), required_site(), **proofs, actor=actor)
    hold(challenge, name=form.name.data)
    return Response(options, mimetype="application/json")


@blueprint.post(PAGE)
@requires_member
def create() -> Response:
    challenge, note = held()
    made = {"name": note.get("name", ""), "credential": request.form.get("credential", ""), "challenge": challenge}
    passkeys.add(me(), required_site(), **made, actor=current_actor())
    return htmx.go(url_for("passkeys.index"), toast=_("The passkey is added. You can sign in with it from now on."))


@blueprint.post(f"{PAGE}/<int:passkey_id>/removal")
@requires_member
@rate_limits.failures("10 per 15 minutes", of=member_key)
def remove(passkey_id: int) -> Response:
    form, actor = ProofForm(prefix=f"{passkey_id}-"), current_actor()
    proofs = {"password": form.password.data or "", "code": form.code.data or ""}
    passkeys.remove(me(), passkey_id, **proofs, actor=actor)
    return htmx.go(url_for("passkeys.index"), toast=_("The passkey is removed."))


@blueprint.post("/sign-in/passkey/options")
@public
def offer() -> Response:
    return passkey_challenges.offer()


@blueprint.post("/sign-in/passkey")
@public
@rate_limits.failures("50 per 15 minutes")
def sign_in() -> Response:
    form, member = PasskeySignInForm(), who_answered()
    if member is None:
        return _refused(own_path(form.next.data))
    sessions.start(member, remember=True, proof=SignInMethod.PASSKEY)
    return htmx.go(own_path(form.next.data))


def _refused(after: str) -> Response:
    """Return the sign-in page with the reason on it; 422, so that the try counts."""
    htmx.toast(_("This passkey does not open an account here. Sign in with your password."), "error")
    form = SignInForm(formdata=None, data={"next": after, "remember": True})
    return htmx.render("team/sign_in/new.html", status=422, form=form, has_passkeys=True)


def _page() -> Response:
    member = me()
    found = queries.passkeys_of(member)
    return htmx.render(
        "team/passkeys/index.html",
        member=member,
        passkeys=found,
        site=site(),
        form=PasskeyForm(formdata=None),
        removals={one.id: ProofForm(formdata=None, prefix=f"{one.id}-") for one in found},
    )

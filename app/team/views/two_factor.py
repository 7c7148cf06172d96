"""Two-factor sign-in of the own account: set up, recovery codes, turn off."""

from __future__ import annotations

import segno
from flask import Blueprint, Response, url_for
from markupsafe import Markup

from app.core import htmx
from app.core.i18n import _
from app.team import queries, rate_limits
from app.team import sign_in as sessions
from app.team.forms import ProofForm
from app.team.operations import two_factor
from app.team.permissions import current_actor, me, requires_member
from app.team.views.profile import member_key

blueprint = Blueprint("two_factor", __name__, url_prefix="/profile/two-factor")


@blueprint.get("")
@requires_member
def show() -> Response:
    return _page()


@blueprint.post("")
@requires_member
def begin() -> Response:
    two_factor.begin(me(), actor=current_actor())
    return htmx.go(url_for("two_factor.show"))


@blueprint.post("/activation")
@requires_member
@rate_limits.failures("10 per 15 minutes", of=member_key)
def activate() -> Response:
    form, codes = ProofForm(), list[str]()
    proofs = {"password": form.password.data, "code": form.code.data}
    turn_on = lambda: codes.extend(  # noqa: E731
        two_factor.activate(me(), sessions.present(), **proofs, actor=current_actor())
    )
    if not form.submit(turn_on):
        return _page(code_form=form, status=422)
    htmx.toast(_("Two-factor sign-in is on. All other devices are signed out."))
    return _show_codes(codes)


@blueprint.post("/recovery-codes")
@requires_member
@rate_limits.failures("10 per 15 minutes", of=member_key)
def make_recovery_codes() -> Response:
    form, codes = ProofForm(), list[str]()
    proofs = {"password": form.password.data, "code": form.code.data}
    if not form.submit(lambda: codes.extend(two_factor.make_recovery_codes(me(), **proofs, actor=current_actor()))):
        return _page(code_form=form, status=422)
    return _show_codes(codes)


@blueprint.post("/removal")
@requires_member
@rate_limits.failures("10 per 15 minutes", of=member_key)
def disable() -> Response:
    form = ProofForm(prefix="off-")
    password, code = form.password.data, form.code.data
    if not form.submit(lambda: two_factor.disable(me(), password=password, code=code, actor=current_actor())):
        return _page(disable_form=form, status=422)
    return htmx.go(url_for("two_factor.show"), toast=_("Two-factor sign-in is off."))


@blueprint.errorhandler(429)
def refuse(error: Exception) -> Response:
    del error
    form = ProofForm()
    rate_limits.explain(form)
    return _page(code_form=form, status=429)


def _show_codes(codes: list[str]) -> Response:
    """The only answer that ever holds them; it is not a redirect since nothing keeps them until the next page."""
    return htmx.render("team/two_factor/codes.html", "team/two_factor/_codes.html", codes=codes)


def _page(code_form: ProofForm | None = None, disable_form: ProofForm | None = None, status: int = 200) -> Response:
    member = me()
    is_pending = two_factor.is_pending(member)
    return htmx.render(
        "team/two_factor/show.html",
        "team/two_factor/_pending.html" if is_pending else "team/two_factor/_on.html",
        status,
        member=member,
        code_form=code_form or ProofForm(formdata=None),
        disable_form=disable_form or ProofForm(formdata=None, prefix="off-"),
        qr_code=_qr_code() if is_pending else "",
    )


def _qr_code() -> Markup:
    """Drawn into the page itself, so that the secret is in no address; black on white also on a dark page."""
    uri = two_factor.provisioning_uri(me(), queries.workspace().name)
    drawing = segno.make(uri, error="m").svg_inline(scale=4, border=4, light="#fff", lineclass=None, svgclass=None)
    label = Markup.escape(_("QR code for the authenticator app"))
    return Markup(drawing.replace("<svg", f'<svg role="img" aria-label="{label}"', 1))  # noqa: S704

"""Passkeys: those of the own account, and signing in with one."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request, session, url_for

from app.core import htmx
from app.core.clock import now
from app.core.config import Config
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _
from app.team import queries, rate_limits
from app.team import sign_in as sessions
from app.team.forms import PasskeyForm, PasskeySignInForm, ProofForm, SignInForm
from app.team.operations import passkeys
from app.team.operations.sign_in import SignInMethod
from app.team.permissions import current_actor, me, public, requires_member
from app.team.safe_redirect import own_path
from app.team.views.profile import member_key

blueprint = Blueprint("passkeys", __name__)
# How long a browser may take to answer a challenge.
PATIENCE = timedelta(minutes=5)
PAGE = "/profile/passkeys"


def site() -> passkeys.Site | None:
    """Return for whom passkeys are made; None where browsers refuse them: not a name, or not https."""
    config: Config = current_app.config["TOMORU"]
    parts = urlsplit(config.public_url)
    host = parts.hostname or ""
    if _is_ip(host) or not (config.is_https or host == "localhost"):
        return None
    return passkeys.Site(host, f"{parts.scheme}://{parts.netloc}", queries.workspace().name)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


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
    options, challenge = passkeys.begin(me(), _site(), **proofs, actor=actor)
    _hold(challenge, name=form.name.data)
    return Response(options, mimetype="application/json")


@blueprint.post(PAGE)
@requires_member
def create() -> Response:
    challenge, note = _held()
    credential = request.form.get("credential", "")
    passkeys.add(
        me(), _site(), name=note.get("name", ""), credential=credential, challenge=challenge, actor=current_actor()
    )
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
    options, challenge = passkeys.offer(_site())
    _hold(challenge)
    return Response(options, mimetype="application/json")


@blueprint.post("/sign-in/passkey")
@public
@rate_limits.failures("50 per 15 minutes")
def sign_in() -> Response:
    form = PasskeySignInForm()
    challenge, note = _held()
    offered_at = datetime.fromtimestamp(note["at"], UTC)
    member = passkeys.authenticate(
        _site(), credential=form.credential.data or "", challenge=challenge, offered_at=offered_at
    )
    if member is None:
        return _refused(own_path(form.next.data))
    sessions.start(member, remember=True, proof=SignInMethod.PASSKEY)
    return htmx.go(own_path(form.next.data))


def _refused(after: str) -> Response:
    """Return the sign-in page with the reason on it; 422, so that the try counts."""
    htmx.toast(_("This passkey does not open an account here. Sign in with your password."), "error")
    form = SignInForm(formdata=None, data={"next": after, "remember": True})
    return htmx.render("team/sign_in/new.html", status=422, form=form, has_passkeys=True)


def _site() -> passkeys.Site:
    found = site()
    if found is None:
        raise Conflict(_("Passkeys need an https address with a name. Set PUBLIC_URL to one."))
    return found


def _hold(challenge: bytes, **more: str) -> None:
    session["passkey"] = {"challenge": challenge.hex(), "at": now().timestamp(), **more}


def _held() -> tuple[bytes, dict[str, Any]]:
    """Return the challenge that this browser was given a moment ago, and forget it; raises Conflict without one."""
    note = session.pop("passkey", None)
    if not note or note["at"] < (now() - PATIENCE).timestamp():
        raise Conflict(_("That took too long. Start again."))
    return bytes.fromhex(note["challenge"]), note


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

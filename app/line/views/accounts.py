"""The LINE Official Accounts of the workspace, and connecting another one."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.i18n import _
from app.line.access import visible_accounts
from app.line.forms import ConnectChannelForm, ConnectTokenForm
from app.line.labels import ACCOUNT_STATES
from app.line.operations import connecting
from app.line.operations.connecting import VerifiedCredentials
from app.team.permissions import Permission, current_actor, requires
from app.team.sign_in import requires_proof

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")
FORMS = {"channel": ConnectChannelForm, "token": ConnectTokenForm}


@blueprint.get("")
@requires(Permission.SETTINGS)
def index() -> Response:
    return htmx.render("line/accounts/index.html", accounts=visible_accounts(current_actor()), states=ACCOUNT_STATES)


@blueprint.get("/new")
@requires(Permission.SETTINGS)
@requires_proof
def new() -> Response:
    way = _way()
    return _ask(FORMS[way](), way)


@blueprint.post("")
@requires(Permission.SETTINGS)
@requires_proof
def create() -> Response:
    way = _way()
    form = FORMS[way]()
    connected = []
    if not form.submit(lambda: connected.append(connecting.connect(prove(form), form.login, actor=current_actor()))):
        return _ask(form, way, 422)
    (account,) = connected
    return htmx.go(
        url_for("account_settings.show", account_id=account.id), toast=_("%(name)s is connected.", name=account.name)
    )


def prove(form: ConnectChannelForm | ConnectTokenForm) -> VerifiedCredentials:
    """Try the typed credentials at LINE."""
    if "access_token" in form:
        return connecting.prove_token(form.access_token.data, form.channel_secret.data)
    return connecting.prove_channel(form.channel_id.data, form.channel_secret.data)


def _way() -> str:
    way = request.values.get("way", "channel")
    return way if way in FORMS else "channel"


def _ask(form: ConnectChannelForm | ConnectTokenForm, way: str, status: int = 200) -> Response:
    return htmx.render("line/accounts/new.html", "line/accounts/_form.html", status, form=form, way=way)

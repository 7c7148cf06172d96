"""The settings page of an account: connection, set-up checks, LINE Login, sections of upper layers, disconnecting."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from app.core import error_messages, htmx
from app.core.errors import NotAllowed
from app.core.i18n import _
from app.line.access import get_account
from app.line.forms import LoginForm, ReconnectChannelForm, ReconnectTokenForm
from app.line.gateway.urls import urls
from app.line.labels import ACCOUNT_STATES, CHECK_STATES
from app.line.models import Account, TokenKind
from app.line.operations import connecting
from app.line.panels import panels_for
from app.line.setup_checks import operations, results
from app.line.views.accounts import prove
from app.team.permissions import Permission, current_actor, me, requires, requires_member
from app.team.sign_in import requires_proof

blueprint = Blueprint("account_settings", __name__, url_prefix="/accounts/<int:account_id>/settings")
FORMS = {"channel": ReconnectChannelForm, "token": ReconnectTokenForm}


@blueprint.get("")
@requires_member
def show(account_id: int) -> Response:
    """Show the parts that the member may see; each asks for its own permission."""
    account = get_account(account_id)
    if not me().may(Permission.SETTINGS) and not panels_for(account, me().may):
        raise NotAllowed
    return _show(account, LoginForm.of(account))


@blueprint.post("/checks")
@requires(Permission.SETTINGS)
def check(account_id: int) -> Response:
    """Run all checks; an account that was just connected is set up at LINE first."""
    account = _connected(account_id)
    if account.webhook_checked_at is None:
        operations.set_up(account, actor=current_actor())
    else:
        operations.run_checks(account, actor=current_actor())
    return _looked(account)


@blueprint.post("/webhook")
@requires(Permission.SETTINGS)
def set_webhook(account_id: int) -> Response:
    account = _connected(account_id)
    operations.set_up(account, actor=current_actor())
    return _looked(account)


@blueprint.post("/webhook-test")
@requires(Permission.SETTINGS)
def test_webhook(account_id: int) -> Response:
    account = _connected(account_id)
    operations.test_webhook(account, actor=current_actor())
    return _looked(account)


@blueprint.post("/followers")
@requires(Permission.SETTINGS)
def check_followers(account_id: int) -> Response:
    account = _connected(account_id)
    operations.check_followers(account, actor=current_actor())
    return _looked(account)


@blueprint.get("/reconnect")
@requires(Permission.SETTINGS)
@requires_proof
def ask_credentials(account_id: int) -> Response:
    account, way = get_account(account_id), _way(get_account(account_id))
    return _ask(account, FORMS[way](channel_id=account.channel_id), way)


@blueprint.post("/reconnect")
@requires(Permission.SETTINGS)
@requires_proof
def reconnect(account_id: int) -> Response:
    account = get_account(account_id)
    way = _way(account)
    form = FORMS[way]()
    if not form.submit(lambda: connecting.reconnect(account, prove(form), actor=current_actor())):
        return _ask(account, form, way, 422)
    return htmx.go(
        url_for("account_settings.show", account_id=account.id), toast=_("%(name)s is connected.", name=account.name)
    )


@blueprint.post("/login")
@requires(Permission.SETTINGS)
@requires_proof
def change_login(account_id: int) -> Response:
    account, form = get_account(account_id), LoginForm()
    if form.submit(lambda: connecting.change_login(account, form.login, actor=current_actor())):
        return htmx.go(url_for("account_settings.show", account_id=account.id), toast=_("Saved."))
    if htmx.is_fragment():
        return htmx.render("line/account_settings/_login.html", status=422, account=account, login_form=form)
    return _show(account, form, 422)


@blueprint.post("/disconnect")
@requires(Permission.SETTINGS)
def disconnect(account_id: int) -> Response:
    account = get_account(account_id)
    connecting.disconnect(account, actor=current_actor())
    return htmx.go(
        url_for("account_settings.show", account_id=account.id),
        toast=_("%(name)s is disconnected. Its data stay.", name=account.name),
    )


def _show(account: Account, form: LoginForm, status: int = 200) -> Response:
    return htmx.render("line/account_settings/show.html", None, status, login_form=form, **_context(account))


def _connected(account_id: int) -> Account:
    """Return the account; raises Conflict when it is disconnected."""
    account = get_account(account_id)
    operations.require_connected(account)
    return account


def _looked(account: Account) -> Response:
    """Answer with everything on the page that the checks can have changed."""
    if not htmx.is_fragment():
        return htmx.go(url_for("account_settings.show", account_id=account.id))
    return htmx.render("line/account_settings/looked.oob.html", **_context(account))


def _context(account: Account) -> dict[str, Any]:
    return {
        "account": account,
        "account_states": ACCOUNT_STATES,
        "check_states": CHECK_STATES,
        "checks": results.of_account(account),
        "installation": results.run_all(),
        "panels": panels_for(account, me().may),
        "problem": error_messages.sentence(account.problem),
        "webhook_url": urls.webhook_url(account.webhook_key),
    }


def _way(account: Account) -> str:
    way = request.values.get("way", "token" if account.token_kind == TokenKind.PASTED else "channel")
    return way if way in FORMS else "channel"


def _ask(account: Account, form: Any, way: str, status: int = 200) -> Response:
    page, partial = "line/account_settings/reconnect.html", "line/account_settings/_reconnect.html"
    return htmx.render(page, partial, status, account=account, form=form, way=way)

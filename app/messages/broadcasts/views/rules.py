"""The section of an account's settings that holds for all broadcasts; a page of its own without script."""

from __future__ import annotations

from flask import Response, url_for

from app.core import htmx
from app.core.i18n import _, _l, time_zone
from app.line.access import get_account
from app.line.models import Account
from app.line.panels import SettingsPanel, register
from app.messages.broadcasts.forms import BroadcastSettingsForm
from app.messages.broadcasts.operations.rules import change_rules
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.sending.frequency import change_cap
from app.team.permissions import Permission, current_actor, requires

register(SettingsPanel("broadcasts", _l("Message Broadcasts"), "broadcasts.settings", Permission.SETTINGS))


@blueprint.get("/settings")
@requires(Permission.SETTINGS)
def settings(account_id: int) -> Response:
    account = get_account(account_id)
    return _section(account, BroadcastSettingsForm.of(account_id))


@blueprint.post("/settings")
@requires(Permission.SETTINGS)
def change_settings(account_id: int) -> Response:
    account, form = get_account(account_id), BroadcastSettingsForm()
    if not form.submit(lambda: _store(account_id, form)):
        return _section(account, form, 422)
    if not htmx.is_fragment():
        return htmx.go(url_for("broadcasts.settings", account_id=account_id), toast=_("Saved."))
    htmx.toast(_("Saved."))
    return _section(account, BroadcastSettingsForm.of(account_id))


def _store(account_id: int, form: BroadcastSettingsForm) -> None:
    change_rules(account_id, form.settings, actor=current_actor())
    change_cap(account_id, *form.cap, actor=current_actor())


def _section(account: Account, form: BroadcastSettingsForm, status: int = 200) -> Response:
    page, partial = "messages/broadcasts/settings.html", "messages/broadcasts/_settings.html"
    return htmx.render(page, partial, status, account=account, form=form, zone_name=time_zone())

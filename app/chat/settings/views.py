"""The section of an account's settings for its chat; a page of its own without script."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from app.chat.settings.forms import ChatSettingsForm
from app.chat.settings.operations import change_chat_settings
from app.chat.settings.queries import settings_of_account
from app.chat.timing.reading import may_mark
from app.core import htmx
from app.core.clock import now
from app.core.i18n import _, _l, zone
from app.line.access import get_account
from app.line.business_hours.table import next_opening
from app.line.models import Account
from app.line.panels import SettingsPanel, register
from app.line.queries import business_hours_of
from app.team.permissions import Permission, current_actor, requires

blueprint = Blueprint("chat_settings", __name__, url_prefix="/accounts/<int:account_id>/chat-settings")
# How the reply names values, and what stands there where one is not known.
NAMED = {"opening": "{{next_opening|soon}}", "name": "{{display_name|you}}"}
register(SettingsPanel("chat", _l("Chat"), "chat_settings.show", Permission.SETTINGS))


@blueprint.get("")
@requires(Permission.SETTINGS)
def show(account_id: int) -> Response:
    return _section(get_account(account_id), ChatSettingsForm.of(settings_of_account(account_id)))


@blueprint.post("")
@requires(Permission.SETTINGS)
def change(account_id: int) -> Response:
    account, form = get_account(account_id), ChatSettingsForm()
    if not form.submit(lambda: change_chat_settings(account_id, form.wanted, actor=current_actor())):
        return _section(account, form, 422)
    if not htmx.is_fragment():
        return htmx.go(url_for("chat_settings.show", account_id=account_id), toast=_("Saved."))
    htmx.toast(_("Saved."))
    return _section(account, ChatSettingsForm.of(settings_of_account(account_id)))


def _section(account: Account, form: ChatSettingsForm, status: int = 200) -> Response:
    table = business_hours_of(account.id)
    return htmx.render(
        "chat/settings/show.html",
        "chat/settings/_section.html",
        status,
        account=account,
        form=form,
        has_hours=table.has_hours,
        opens=next_opening(table, now(), zone()),
        moment_now=now(),
        may_mark=may_mark(account),
        named=NAMED,
    )

"""The section of an account's settings for files of the chat; a page of its own without script."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.chat.keeping_files.deleting import Older, last_deletion, older_than
from app.chat.keeping_files.forms import KeptFilesForm
from app.chat.keeping_files.operations import change_kept_files
from app.core import htmx
from app.core.db import db
from app.core.i18n import _, _l
from app.line.access import get_account
from app.line.models import Account
from app.line.panels import SettingsPanel, register
from app.messages.conversations.models import ChatSettings
from app.team.permissions import Permission, current_actor, requires

blueprint = Blueprint("chat_files", __name__, url_prefix="/accounts/<int:account_id>/chat-files")
register(SettingsPanel("chat_files", _l("Files of the chat"), "chat_files.show", Permission.SETTINGS))


@blueprint.get("")
@requires(Permission.SETTINGS)
def show(account_id: int) -> Response:
    return _section(get_account(account_id), _stored(account_id))


@blueprint.post("")
@requires(Permission.SETTINGS)
def change(account_id: int) -> Response:
    """Save; where that has files deleted, only after a second press that follows their number."""
    account, form = get_account(account_id), KeptFilesForm()
    if not form.validate():
        return _section(account, form, 422)
    stored = db.session.get(ChatSettings, account_id)
    if form.months is not None and (stored is None or stored.keep_months != form.months):
        older = older_than(account_id, form.months)
        if older.files and request.form.get("confirmed") != "1":
            return _section(account, form, 409, older)
    change_kept_files(account_id, keep_months=form.months, largest_file=form.megabytes, actor=current_actor())
    if not htmx.is_fragment():
        return htmx.go(url_for("chat_files.show", account_id=account_id), toast=_("Saved."))
    htmx.toast(_("Saved."))
    return _section(account, _stored(account_id))


def _stored(account_id: int) -> KeptFilesForm:
    return KeptFilesForm.of(db.session.get(ChatSettings, account_id))


def _section(account: Account, form: KeptFilesForm, status: int = 200, older: Older | None = None) -> Response:
    last = last_deletion(account.id)
    shown = {"account": account, "form": form, "older": older, "last": last}
    return htmx.render("chat/keeping/show.html", "chat/keeping/_section.html", status, **shown)

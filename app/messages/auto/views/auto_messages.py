"""Auto Send Messages of an account: the list and what can be done with its rows."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.errors import InvalidInput
from app.core.i18n import _, ngettext
from app.core.pages import placed
from app.line.access import get_account
from app.line.models import Account
from app.messages.auto.forms import AutoMessageFolderForm, AutoMessageFolderNameForm, AutoMessageMoveForm
from app.messages.auto.list_rows import lines_of
from app.messages.auto.operations.auto_messages import (
    archive_auto_message,
    copy_auto_message,
    move_auto_messages,
    restore_auto_message,
)
from app.messages.auto.queries.auto_messages import ORDERS, auto_messages_page, count_auto_messages, folders
from app.messages.auto.views.blueprint import blueprint
from app.messages.auto.views.list_params import AutoMessageListParams, parse_list_params
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("")
@requires(Permission.AUTO_MESSAGES)
def index(account_id: int) -> Response:
    account, asked = get_account(account_id), parse_list_params(account_id)
    response = htmx.render("messages/auto/index.html", "messages/auto/_list.html", **_listing(account, asked))
    plain = url_for("auto_messages.index", **asked.args)
    is_first = not (request.args.get("after") or request.args.get("before"))
    is_new = htmx.is_fragment() and is_first and htmx.current_path() != plain
    return htmx.push_url(response, plain) if is_new else response


@blueprint.post("/<int:auto_message_id>/copy")
@requires(Permission.AUTO_MESSAGES)
def copy(account_id: int, auto_message_id: int) -> Response:
    account = get_account(account_id)
    made = copy_auto_message(account.id, auto_message_id, actor=current_actor())
    htmx.toast(_("The Auto Send Message was copied to “%(name)s”.", name=made.name))
    return changed(account)


@blueprint.post("/moves")
@requires(Permission.AUTO_MESSAGES)
def move(account_id: int) -> Response:
    account, form = get_account(account_id), AutoMessageMoveForm()
    if not form.validate():
        raise InvalidInput(auto_message=_("Choose Auto Send Messages and a folder from the list."))
    moved = move_auto_messages(account.id, form.auto_message.data or [], form.into.data or None, actor=current_actor())
    htmx.toast(ngettext("%(num)s Auto Send Message was moved.", "%(num)s Auto Send Messages were moved.", moved))
    return changed(account)


@blueprint.post("/<int:auto_message_id>/archival")
@requires(Permission.AUTO_MESSAGES)
def archive(account_id: int, auto_message_id: int) -> Response:
    account = get_account(account_id)
    archived = archive_auto_message(account.id, auto_message_id, actor=current_actor())
    htmx.toast(_("“%(name)s” is in the archive now. What uses it goes on sending it.", name=archived.name))
    return changed(account)


@blueprint.post("/<int:auto_message_id>/restoration")
@requires(Permission.AUTO_MESSAGES)
def restore(account_id: int, auto_message_id: int) -> Response:
    account = get_account(account_id)
    restored = restore_auto_message(account.id, auto_message_id, actor=current_actor())
    htmx.toast(_("“%(name)s” is back in the list.", name=restored.name))
    return changed(account)


def changed(account: Account) -> Response:
    """Answer a change: make the list reload, or without script redirect to it."""
    if not htmx.is_fragment():
        return htmx.go(url_for("auto_messages.index", account_id=account.id))
    return htmx.with_trigger(htmx.render("errors/_toast_only.html"), "auto-messages-changed")


def _listing(account: Account, asked: AutoMessageListParams) -> dict[str, Any]:
    page = placed(auto_messages_page(asked.scope, asked.order, **asked.place.keys), asked.place)
    return {
        "account": account,
        "asked": asked,
        "found": page,
        "lines": lines_of(page.rows),
        "folders": folders(account.id),
        "total": count_auto_messages(account.id),
        "archived": count_auto_messages(account.id, is_archived=True),
        "orders": ORDERS,
        "form": AutoMessageFolderForm(formdata=None),
        "rename_form": AutoMessageFolderNameForm(formdata=None, obj=asked.folder),
    }

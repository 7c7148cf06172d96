"""Folders of Auto Send Messages: made, renamed and deleted."""

from __future__ import annotations

from flask import Response, url_for

from app.core import htmx
from app.core.i18n import _
from app.line.access import get_account
from app.line.models import Account
from app.messages.auto.forms import AutoMessageFolderForm, AutoMessageFolderNameForm
from app.messages.auto.models import AutoMessageFolder
from app.messages.auto.operations import folders as operations
from app.messages.auto.queries.auto_messages import get_folder
from app.messages.auto.views.blueprint import blueprint
from app.team.permissions import Permission, current_actor, requires


@blueprint.post("/folders")
@requires(Permission.AUTO_MESSAGES)
def create_folder(account_id: int) -> Response:
    account, form = get_account(account_id), AutoMessageFolderForm()
    made: list[AutoMessageFolder] = []
    if not form.submit(
        lambda: made.append(operations.create_folder(account.id, form.name.data or "", actor=current_actor()))
    ):
        return _ask(account, form, 422)
    return htmx.go(_inside(account, made[0]), toast=_("The folder was created."))


@blueprint.get("/folders/<int:folder_id>/edit")
@requires(Permission.AUTO_MESSAGES)
def edit_folder(account_id: int, folder_id: int) -> Response:
    account, folder = get_account(account_id), get_folder(account_id, folder_id)
    return _edit(account, folder, AutoMessageFolderNameForm(obj=folder))


@blueprint.post("/folders/<int:folder_id>")
@requires(Permission.AUTO_MESSAGES)
def update_folder(account_id: int, folder_id: int) -> Response:
    account, form = get_account(account_id), AutoMessageFolderNameForm()
    if not form.submit(
        lambda: operations.rename_folder(account.id, folder_id, form.name.data or "", actor=current_actor())
    ):
        return _edit(account, get_folder(account_id, folder_id), form, 422)
    return htmx.go(_inside(account, get_folder(account_id, folder_id)), toast=_("Saved."))


@blueprint.post("/folders/<int:folder_id>/removal")
@requires(Permission.AUTO_MESSAGES)
def remove_folder(account_id: int, folder_id: int) -> Response:
    account, folder = get_account(account_id), get_folder(account_id, folder_id)
    htmx.toast(_("The folder “%(name)s” was deleted. Its messages are in no folder now.", name=folder.name))
    operations.delete_folder(account.id, folder.id, actor=current_actor())
    return htmx.go(url_for("auto_messages.index", account_id=account_id))


def _inside(account: Account, folder: AutoMessageFolder) -> str:
    return url_for("auto_messages.index", account_id=account.id, folder=folder.id)


def _ask(account: Account, form: AutoMessageFolderForm, status: int) -> Response:
    return htmx.render(
        "messages/auto/folders/new.html", "segments/folders/_form.html", status=status, account=account, form=form
    )


def _edit(account: Account, folder: AutoMessageFolder, form: AutoMessageFolderNameForm, status: int = 200) -> Response:
    return htmx.render(
        "messages/auto/folders/edit.html",
        "messages/auto/folders/_edit_form.html",
        status=status,
        account=account,
        folder=folder,
        form=form,
    )

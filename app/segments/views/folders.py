"""Folders of segments: made, renamed and deleted."""

from __future__ import annotations

from flask import Response, url_for

from app.core import htmx
from app.core.i18n import _
from app.line.access import get_account
from app.line.models import Account
from app.segments.forms import FolderForm, FolderNameForm
from app.segments.models import Folder
from app.segments.operations import folders as operations
from app.segments.queries.segments import get_folder
from app.segments.views.blueprint import blueprint
from app.team.permissions import Permission, current_actor, requires


@blueprint.post("/folders")
@requires(Permission.SEGMENTS)
def create_folder(account_id: int) -> Response:
    account, form = get_account(account_id), FolderForm()
    made: list[Folder] = []
    if not form.submit(
        lambda: made.append(operations.create_folder(account.id, form.name.data or "", actor=current_actor()))
    ):
        return _ask(account, form, 422)
    return htmx.go(_inside(account, made[0]), toast=_("The folder was created."))


@blueprint.get("/folders/<int:folder_id>/edit")
@requires(Permission.SEGMENTS)
def edit_folder(account_id: int, folder_id: int) -> Response:
    account, folder = get_account(account_id), get_folder(account_id, folder_id)
    return _edit(account, folder, FolderNameForm(obj=folder))


@blueprint.post("/folders/<int:folder_id>")
@requires(Permission.SEGMENTS)
def update_folder(account_id: int, folder_id: int) -> Response:
    account, form = get_account(account_id), FolderNameForm()
    if not form.submit(
        lambda: operations.rename_folder(account.id, folder_id, form.name.data or "", actor=current_actor())
    ):
        return _edit(account, get_folder(account_id, folder_id), form, 422)
    return htmx.go(_inside(account, get_folder(account_id, folder_id)), toast=_("Saved."))


@blueprint.post("/folders/<int:folder_id>/removal")
@requires(Permission.SEGMENTS)
def remove_folder(account_id: int, folder_id: int) -> Response:
    account, folder = get_account(account_id), get_folder(account_id, folder_id)
    htmx.toast(_("The folder “%(name)s” was deleted. Its segments are in no folder now.", name=folder.name))
    operations.delete_folder(account.id, folder.id, actor=current_actor())
    return htmx.go(url_for("segments.index", account_id=account_id))


def _inside(account: Account, folder: Folder) -> str:
    return url_for("segments.index", account_id=account.id, folder=folder.id)


def _ask(account: Account, form: FolderForm, status: int) -> Response:
    return htmx.render(
        "segments/folders/new.html", "segments/folders/_form.html", status=status, account=account, form=form
    )


def _edit(account: Account, folder: Folder, form: FolderNameForm, status: int = 200) -> Response:
    return htmx.render(
        "segments/folders/edit.html",
        "segments/folders/_edit_form.html",
        status=status,
        account=account,
        folder=folder,
        form=form,
    )

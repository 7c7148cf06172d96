"""Routes below a list with folders: folders are made, renamed and deleted, and things are moved between them.

`add_folder_routes` puts them onto the blueprint of a kind; a request's blueprint says which kind it is about.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.errors import InvalidInput
from app.core.i18n import _
from app.core.registry import Registry
from app.folders import operations
from app.folders.kinds import FolderKind
from app.folders.models import FolderRow
from app.folders.pages.forms import FolderForm, FolderNameForm, MoveForm
from app.folders.pages.params import FolderListParams
from app.folders.queries import count_filed, folders_of, get_folder
from app.line.access import get_account
from app.line.models import Account
from app.team.permissions import current_actor, requires

# By blueprint.
_KINDS: Registry[FolderKind] = Registry("kind of thing in folders")


def add_folder_routes(blueprint: Blueprint, kind: FolderKind) -> None:
    """Add the routes to the blueprint of a kind, for members with its permission."""
    _KINDS.add(blueprint.name, kind)
    for rule, method, view in (
        ("/folders", "POST", create_folder),
        ("/folders/<int:folder_id>/edit", "GET", edit_folder),
        ("/folders/<int:folder_id>", "POST", update_folder),
        ("/folders/<int:folder_id>/removal", "POST", remove_folder),
        ("/moves", "POST", move),
    ):
        blueprint.add_url_rule(rule, view.__name__, requires(kind.permission)(view), methods=[method])


def create_folder(account_id: int | None = None) -> Response:
    """Make a folder and go into it."""
    account, kind, form = _account(account_id), _kind(), FolderForm()
    made: list[FolderRow] = []

    def make() -> None:
        made.append(operations.create_folder(account_id, kind, form.name.data or "", actor=current_actor()))

    if not form.submit(make):
        return _ask(account, kind, form, 422)
    return htmx.go(_inside(account, kind, made[0]), toast=_("The folder was created."))


def edit_folder(folder_id: int, account_id: int | None = None) -> Response:
    """Ask for another name."""
    account, folder = _account(account_id), get_folder(account_id, _kind(), folder_id)
    return _edit(account, folder, FolderNameForm(obj=folder))


def update_folder(folder_id: int, account_id: int | None = None) -> Response:
    """Give a folder another name."""
    account, kind, form = _account(account_id), _kind(), FolderNameForm()

    def rename() -> None:
        operations.rename_folder(account_id, kind, folder_id, form.name.data or "", actor=current_actor())

    if not form.submit(rename):
        return _edit(account, get_folder(account_id, kind, folder_id), form, 422)
    return htmx.go(_inside(account, kind, get_folder(account_id, kind, folder_id)), toast=_("Saved."))


def remove_folder(folder_id: int, account_id: int | None = None) -> Response:
    """Delete a folder; what was in it is in none now."""
    _account(account_id)
    kind = _kind()
    folder = get_folder(account_id, kind, folder_id)
    htmx.toast(kind.words.deleted(folder.name))
    operations.delete_folder(account_id, kind, folder.id, actor=current_actor())
    return htmx.go(url_for(kind.endpoint("index"), account_id=account_id))


def move(account_id: int | None = None) -> Response:
    """Put the chosen things into a folder."""
    account, kind, form = _account(account_id), _kind(), MoveForm()
    if not form.validate():
        raise InvalidInput(chosen=kind.words.choose_again)
    into, chosen = form.into.data or None, form.chosen.data or []
    moved = operations.move_into_folder(account_id, kind, chosen, into, actor=current_actor())
    htmx.toast(kind.words.moved(moved))
    return list_changed(account, kind)


def list_changed(account: Account | None, kind: FolderKind) -> Response:
    """Answer a change: make the list reload, or without script redirect to it."""
    if not htmx.is_fragment():
        return htmx.go(url_for(kind.endpoint("index"), account_id=_id(account)))
    return htmx.with_trigger(htmx.render("errors/_toast_only.html"), f"{kind.slug}-changed")


def render_list(page: str, partial: str, asked: FolderListParams, **context: Any) -> Response:
    """Return the list; a search or order that came by htmx gets its address into the browser's history."""
    kind, account_id, seen = asked.kind, asked.scope.account_id, asked.scope.seen
    shared: dict[str, Any] = {
        "kind": kind,
        "asked": asked,
        "folders": folders_of(account_id, kind, seen),
        "total": count_filed(account_id, kind, seen=seen),
        "archived": count_filed(account_id, kind, is_archived=True, seen=seen) if kind.has_archive else 0,
        "form": FolderForm(formdata=None),
        "rename_form": FolderNameForm(formdata=None, obj=asked.folder),
    }
    response = htmx.render(page, partial, **shared | context)
    plain = url_for(kind.endpoint("index"), **asked.args)
    is_first = not (request.args.get("after") or request.args.get("before"))
    is_new = htmx.is_fragment() and is_first and htmx.current_path() != plain
    return htmx.push_url(response, plain) if is_new else response


def _account(account_id: int | None) -> Account | None:
    """Return the account of the list; None for things that belong to no account."""
    return None if account_id is None else get_account(account_id)


def _id(account: Account | None) -> int | None:
    return None if account is None else account.id


def _kind() -> FolderKind:
    return _KINDS[request.blueprint or ""]


def _inside(account: Account | None, kind: FolderKind, folder: FolderRow) -> str:
    return url_for(kind.endpoint("index"), account_id=_id(account), folder=folder.id)


def _ask(account: Account | None, kind: FolderKind, form: FolderForm, status: int) -> Response:
    return htmx.render("folders/new.html", "folders/_form.html", status, account=account, kind=kind, form=form)


def _edit(account: Account | None, folder: FolderRow, form: FolderNameForm, status: int = 200) -> Response:
    context = {"account": account, "kind": _kind(), "folder": folder, "form": form}
    return htmx.render("folders/edit.html", "folders/_edit_form.html", status, **context)

"""The custom attributes of an account: list, create, rename, move, delete."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from app.core import htmx
from app.core.i18n import _
from app.friends.forms import DefinitionForm, DefinitionNameForm
from app.friends.operations.definitions import (
    create_definition,
    delete_definition,
    move_definition,
    rename_definition,
)
from app.friends.queries.attributes import attribute_definitions, get_definition
from app.friends.values import KIND_LABELS, STANDARD
from app.line.access import get_account
from app.team.permissions import Permission, current_actor, requires

blueprint = Blueprint("attributes", __name__, url_prefix="/accounts/<int:account_id>/attributes")


@blueprint.get("")
@requires(Permission.FRIENDS)
def index(account_id: int) -> Response:
    return _list(account_id, DefinitionForm(formdata=None))


@blueprint.post("")
@requires(Permission.FRIENDS)
def create(account_id: int) -> Response:
    account, form = get_account(account_id), DefinitionForm()
    action = lambda: create_definition(account.id, form.label.data or "", form.kind.data or "", actor=current_actor())  # noqa: E731
    if not form.submit(action):
        return _list(account_id, form, 422)
    htmx.toast(_("The attribute was created."))
    return _changed(account_id)


@blueprint.get("/<int:definition_id>/edit")
@requires(Permission.FRIENDS)
def edit(account_id: int, definition_id: int) -> Response:
    get_account(account_id)
    return _edit(account_id, definition_id, DefinitionNameForm(obj=get_definition(account_id, definition_id)))


@blueprint.post("/<int:definition_id>")
@requires(Permission.FRIENDS)
def update(account_id: int, definition_id: int) -> Response:
    account, form = get_account(account_id), DefinitionNameForm()
    action = lambda: rename_definition(account.id, definition_id, form.label.data or "", actor=current_actor())  # noqa: E731
    if not form.submit(action):
        return _edit(account_id, definition_id, form, 422)
    htmx.toast(_("Saved."))
    return _changed(account_id)


@blueprint.post("/<int:definition_id>/move-up")
@requires(Permission.FRIENDS)
def move_up(account_id: int, definition_id: int) -> Response:
    move_definition(get_account(account_id).id, definition_id, up=True, actor=current_actor())
    return _changed(account_id)


@blueprint.post("/<int:definition_id>/move-down")
@requires(Permission.FRIENDS)
def move_down(account_id: int, definition_id: int) -> Response:
    move_definition(get_account(account_id).id, definition_id, up=False, actor=current_actor())
    return _changed(account_id)


@blueprint.post("/<int:definition_id>/removal")
@requires(Permission.FRIENDS)
def remove(account_id: int, definition_id: int) -> Response:
    delete_definition(get_account(account_id).id, definition_id, actor=current_actor())
    htmx.toast(_("The attribute was deleted."))
    return _changed(account_id)


def _changed(account_id: int) -> Response:
    if not htmx.is_fragment():
        return htmx.go(url_for("attributes.index", account_id=account_id))
    return _list(account_id, DefinitionForm(formdata=None))


def _list(account_id: int, form: DefinitionForm, status: int = 200) -> Response:
    account = get_account(account_id)
    return htmx.render(
        "friends/definitions/index.html",
        "friends/definitions/_list.html",
        status=status,
        account=account,
        definitions=attribute_definitions(account.id),
        standard=STANDARD,
        kinds=KIND_LABELS,
        form=form,
    )


def _edit(account_id: int, definition_id: int, form: DefinitionNameForm, status: int = 200) -> Response:
    return htmx.render(
        "friends/definitions/edit.html",
        "friends/definitions/_row_form.html",
        status=status,
        account=get_account(account_id),
        definition=get_definition(account_id, definition_id),
        form=form,
    )

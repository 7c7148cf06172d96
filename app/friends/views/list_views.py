"""Views of the friends list that a member keeps, and its columns."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from wtforms import StringField

from app.core import htmx
from app.core.forms import Form
from app.core.i18n import _, _l
from app.friends.columns import columns_to_choose
from app.friends.list_params import FriendListParams, parse_list_params
from app.friends.operations.list_views import choose_columns, delete_view, save_view
from app.line.access import get_account
from app.team.permissions import Permission, current_actor, requires

blueprint = Blueprint("friend_views", __name__, url_prefix="/accounts/<int:account_id>/friend-views")


class ViewForm(Form):
    """What the view is called."""

    name = StringField(_l("Name of the view"), render_kw={"required": True, "autocomplete": "off"})


@blueprint.get("")
@requires(Permission.FRIENDS)
def index(account_id: int) -> Response:
    """Show the member's views and columns; the address is that of the list as it is now."""
    params = parse_list_params(account_id)
    return _ask(params, ViewForm(formdata=None, data={"name": params.view.name if params.view else ""}))


@blueprint.post("")
@requires(Permission.FRIENDS)
def create(account_id: int) -> Response:
    account, params, form = get_account(account_id), parse_list_params(account_id), ViewForm()
    made = []

    def make() -> None:
        columns = [one.name for one in params.columns]
        made.append(save_view(account.id, form.name.data or "", params.kept_args, columns, actor=current_actor()))

    if not form.submit(make):
        return _ask(params, form, 422)
    url = url_for("friends.index", account_id=account_id, view=made[0].id, **params.kept_args)
    return htmx.go(url, toast=_("The view was saved."))


@blueprint.post("/<int:view_id>/delete")
@requires(Permission.FRIENDS)
def delete(account_id: int, view_id: int) -> Response:
    account = get_account(account_id)
    delete_view(account.id, view_id, actor=current_actor())
    return htmx.go(url_for("friends.index", account_id=account.id), toast=_("The view was deleted."))


@blueprint.post("/columns")
@requires(Permission.FRIENDS)
def columns(account_id: int) -> Response:
    account, params = get_account(account_id), parse_list_params(account_id)
    view_id = params.view.id if params.view else None
    choose_columns(account.id, request.form.getlist("column"), view_id=view_id, actor=current_actor())
    return htmx.go(url_for("friends.index", **params.args))


def _ask(params: FriendListParams, form: ViewForm, status: int = 200) -> Response:
    account = get_account(params.account_id)
    return htmx.render(
        "friends/list_views.html",
        "friends/_list_views.html",
        status,
        account=account,
        params=params,
        list_args={name: value for name, value in params.args.items() if name != "account_id"},
        form=form,
        views=params.kept.views,
        offered=columns_to_choose(account.id, params.columns),
        shown={one.name for one in params.columns},
    )

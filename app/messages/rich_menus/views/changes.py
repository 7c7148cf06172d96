"""What buttons do with a whole rich menu: copy, default, period, delete."""

from __future__ import annotations

from flask import Response, url_for

from app.core import htmx
from app.core.i18n import _
from app.line.access import get_account
from app.messages.rich_menus import operations
from app.messages.rich_menus.forms import PeriodForm
from app.messages.rich_menus.models import RichMenu
from app.messages.rich_menus.periods import set_period
from app.messages.rich_menus.queries import get_menu
from app.messages.rich_menus.views.blueprint import blueprint
from app.messages.rich_menus.views.editor import life_context
from app.team.permissions import Permission, current_actor, requires


@blueprint.post("/<int:menu_id>/copy")
@requires(Permission.RICH_MENUS)
def copy(account_id: int, menu_id: int) -> Response:
    get_account(account_id)
    made = operations.copy_menu(account_id, menu_id, actor=current_actor())
    return _go(made.account_id, made.id, _("The rich menu was duplicated. It is not at LINE yet."))


@blueprint.get("/<int:menu_id>/publication")
@requires(Permission.RICH_MENUS)
def publication(account_id: int, menu_id: int) -> Response:
    """Show how far the menu is on its way to LINE."""
    account, menu = get_account(account_id), get_menu(account_id, menu_id)
    context = {"account": account, "menu": menu, **life_context(menu)}
    return htmx.render("messages/rich_menus/publication.html", "messages/rich_menus/_publication.html", **context)


@blueprint.post("/<int:menu_id>/default")
@requires(Permission.RICH_MENUS)
def make_default(account_id: int, menu_id: int) -> Response:
    get_account(account_id)
    operations.set_default(account_id, menu_id, actor=current_actor())
    return _list(account_id, _("It is the default now. Friends see it when they open the chat again, within a minute."))


@blueprint.post("/default/removal")
@requires(Permission.RICH_MENUS)
def clear_default(account_id: int) -> Response:
    get_account(account_id)
    operations.clear_default(account_id, actor=current_actor())
    return _list(account_id, _("No rich menu of this channel is the default now."))


@blueprint.post("/<int:menu_id>/period")
@requires(Permission.RICH_MENUS)
def change_period(account_id: int, menu_id: int) -> Response:
    account, menu = get_account(account_id), get_menu(account_id, menu_id)
    form = PeriodForm.posted(menu)
    if form.submit(lambda: _set_period(menu, form)):
        return _go(account_id, menu_id, _("Saved."))
    context = {"account": account, "menu": menu, **life_context(menu), "period": form}
    return htmx.render("messages/rich_menus/period.html", "messages/rich_menus/_period.html", 422, **context)


def _set_period(menu: RichMenu, form: PeriodForm) -> None:
    starts_at, ends_at = form.moments(menu)
    set_period(menu.account_id, menu.id, starts_at, ends_at, form.then_menu.data or None, actor=current_actor())


@blueprint.post("/<int:menu_id>/removal")
@requires(Permission.RICH_MENUS)
def remove(account_id: int, menu_id: int) -> Response:
    get_account(account_id)
    name = get_menu(account_id, menu_id).name
    operations.delete_menu(account_id, menu_id, actor=current_actor())
    return _list(account_id, _("The rich menu “%(name)s” was deleted.", name=name))


def _go(account_id: int, menu_id: int, toast: str = "") -> Response:
    return htmx.go(url_for("rich_menus.edit", account_id=account_id, menu_id=menu_id), toast=toast)


def _list(account_id: int, toast: str) -> Response:
    return htmx.go(url_for("rich_menus.index", account_id=account_id), toast=toast)

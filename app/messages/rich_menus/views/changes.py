"""What buttons do with a whole rich menu: copy, default, period, delete."""

from __future__ import annotations

import re
from datetime import datetime

from flask import Response, request, url_for

from app.core import htmx
from app.core.errors import InvalidInput
from app.core.i18n import _, _l, zone
from app.line.access import get_account
from app.messages.rich_menus import operations
from app.messages.rich_menus.periods import set_period
from app.messages.rich_menus.queries import get_menu
from app.messages.rich_menus.views.blueprint import blueprint
from app.messages.rich_menus.views.editor import life_context
from app.team.permissions import Permission, current_actor, requires

# As browsers send it, between years that every store can hold in every time zone.
TYPED = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?")
NO_MOMENT = _l("Write date and time as in 2026-04-01T09:30.")


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
    account, form = get_account(account_id), request.form
    try:
        moments = [_moment(form.get(name, ""), name) for name in ("starts_at", "ends_at")]
        then_menu_id = form.get("then_menu", 0, type=int) or None
        set_period(account_id, menu_id, moments[0], moments[1], then_menu_id, actor=current_actor())
    except InvalidInput as refusal:
        menu = get_menu(account_id, menu_id)
        context = {"account": account, "menu": menu, **life_context(menu)}
        context["period_wrong"].update(refusal.fields)
        return htmx.render("messages/rich_menus/period.html", "messages/rich_menus/_period.html", 422, **context)
    return _go(account_id, menu_id, _("Saved."))


def _moment(typed: str, field: str) -> datetime | None:
    """Return a moment typed in the workspace's time zone; raises InvalidInput at the field."""
    if not typed:
        return None
    # Anything else that Python reads, such as an offset, would be taken for another moment than the one typed.
    if not TYPED.fullmatch(typed):
        raise InvalidInput({field: NO_MOMENT})
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=zone())
    except ValueError as error:
        raise InvalidInput({field: NO_MOMENT}) from error


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

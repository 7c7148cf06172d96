"""The list of rich menus: ours at once, and what LINE says of them as soon as it answers."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from app.core import error_messages, htmx
from app.core.errors import NotFound, PermanentFailure, RetryLater
from app.core.i18n import Text, _l
from app.core.web.server.places import files
from app.line.access import get_account
from app.line.models import Account
from app.media.serving import POLICY
from app.messages.rich_menus.at_line import AtLine, image_of_others, look, menu_of_others
from app.messages.rich_menus.queries import get_menu, linked_segments, menus_of
from app.messages.rich_menus.views.blueprint import blueprint
from app.team.permissions import Permission, requires

# What a tap does, by LINE's name of it, and which property of the action says where to.
OTHER_ACTIONS: dict[str, tuple[Text, str]] = {
    "uri": (_l("Open a link"), "uri"),
    "message": (_l("Send a text"), "text"),
    "postback": (_l("Send data to the program"), "data"),
    "datetimepicker": (_l("Choose a date or time"), "data"),
    "richmenuswitch": (_l("Switch to another menu"), "richMenuAliasId"),
    "clipboard": (_l("Copy a text"), "clipboardText"),
}


@blueprint.get("")
@requires(Permission.RICH_MENUS)
def index(account_id: int) -> Response:
    return htmx.render("messages/rich_menus/index.html", **_context(get_account(account_id), None))


@blueprint.get("/at-line")
@requires(Permission.RICH_MENUS)
def at_line(account_id: int) -> Response:
    """Show the list with what LINE says: the default, menus of other programs, and those that are gone."""
    account = get_account(account_id)
    answer = look(account_id, menus_of(account_id))
    return htmx.render("messages/rich_menus/index.html", "messages/rich_menus/_menus.html", **_context(account, answer))


@blueprint.get("/<int:menu_id>/default")
@requires(Permission.RICH_MENUS)
def default(account_id: int, menu_id: int) -> Response:
    """Show whether the menu is the default at LINE, with the button that changes it; part of the menu's page."""
    account, menu = get_account(account_id), get_menu(account_id, menu_id)
    if not htmx.is_fragment():
        return htmx.go(url_for("rich_menus.edit", account_id=account_id, menu_id=menu_id))
    answer = look(account_id, [menu])
    return htmx.render("messages/rich_menus/_default.html", account=account, menu=menu, at_line=answer)


@blueprint.get("/others/<menu_id>")
@requires(Permission.RICH_MENUS)
def other(account_id: int, menu_id: str) -> Response:
    """Show a menu that another program made: its image, and what its areas do."""
    account, menu, reason = get_account(account_id), None, ""
    try:
        menu = menu_of_others(account_id, menu_id)
    except (RetryLater, PermanentFailure) as error:
        reason = error_messages.sentence(error.code)
    context: dict[str, Any] = {"account": account, "menu": menu, "reason": reason, "ways": OTHER_ACTIONS}
    return htmx.render("messages/rich_menus/other.html", **context)


@blueprint.get("/others/<menu_id>/image")
@requires(Permission.RICH_MENUS)
@files
def other_image(account_id: int, menu_id: str) -> Response:
    """Show the image of such a menu, which never changes at LINE."""
    get_account(account_id)
    try:
        media_type, image = image_of_others(account_id, menu_id)
    except (RetryLater, PermanentFailure) as error:
        raise NotFound from error
    headers = {"Content-Type": media_type, "Cache-Control": "private, max-age=86400"}
    return Response(image, headers=headers | {"Content-Security-Policy": POLICY})


def _context(account: Account, answer: AtLine | None) -> dict[str, Any]:
    menus = menus_of(account.id)
    return {
        "account": account,
        "menus": menus,
        "linked": linked_segments(account.id),
        "at_line": answer,
        "reason": error_messages.sentence(answer.reason) if answer and answer.reason else "",
    }

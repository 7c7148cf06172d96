"""The list of rich menus: ours at once, and what LINE says of them as soon as it answers."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.core import error_messages, htmx
from app.line.access import get_account
from app.line.models import Account
from app.messages.rich_menus.at_line import AtLine, look
from app.messages.rich_menus.queries import menus_of
from app.messages.rich_menus.views.blueprint import blueprint
from app.team.permissions import Permission, requires


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


def _context(account: Account, answer: AtLine | None) -> dict[str, Any]:
    menus = menus_of(account.id)
    return {
        "account": account,
        "menus": menus,
        "at_line": answer,
        "reason": error_messages.sentence(answer.reason) if answer and answer.reason else "",
    }

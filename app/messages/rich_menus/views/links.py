"""A segment's friends and their rich menu: linked or unlinked by a run whose progress the page shows."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.i18n import _
from app.line.access import get_account
from app.messages.rich_menus.linking import cancel_linking, link_segment, unlink_segment
from app.messages.rich_menus.queries import link_runs, menus_of
from app.messages.rich_menus.views.blueprint import blueprint
from app.segments.queries.segments import all_segments
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/links")
@requires(Permission.RICH_MENUS)
def links(account_id: int) -> Response:
    """Show the form and the newest runs; asked again while one of them moves."""
    account = get_account(account_id)
    context: dict[str, Any] = {
        "account": account,
        "runs": link_runs(account_id),
        "segments": all_segments(account_id),
        "menus": [menu for menu in menus_of(account_id) if menu.is_published],
        "chosen": request.args.get("menu", 0, type=int),
    }
    return htmx.render("messages/rich_menus/links.html", "messages/rich_menus/_link_runs.html", **context)


@blueprint.post("/links")
@requires(Permission.RICH_MENUS)
def link(account_id: int) -> Response:
    """Begin to link a segment to the chosen menu, or to none."""
    get_account(account_id)
    segment_id, menu_id = (request.form.get(name, 0, type=int) for name in ("segment", "menu"))
    if menu_id:
        link_segment(account_id, menu_id, segment_id, actor=current_actor())
    else:
        unlink_segment(account_id, segment_id, actor=current_actor())
    return htmx.go(url_for("rich_menus.links", account_id=account_id))


@blueprint.post("/links/<int:run_id>/cancel")
@requires(Permission.RICH_MENUS)
def cancel(account_id: int, run_id: int) -> Response:
    get_account(account_id)
    if not cancel_linking(account_id, run_id, actor=current_actor()):
        htmx.toast(_("It has ended already."), "info")
    return htmx.go(url_for("rich_menus.links", account_id=account_id))

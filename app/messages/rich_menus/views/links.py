"""A segment's friends and their rich menu: linked or unlinked by a run whose progress the page shows."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.i18n import _
from app.core.identifiers import posted_number
from app.line.access import get_account
from app.line.models import Account
from app.messages.rich_menus.forms import LinkForm
from app.messages.rich_menus.linking import cancel_linking, link_segment, unlink_segment
from app.messages.rich_menus.queries import link_runs
from app.messages.rich_menus.views.blueprint import blueprint
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/links")
@requires(Permission.RICH_MENUS)
def links(account_id: int) -> Response:
    """Show the form and the newest runs; asked again while one of them moves."""
    account, chosen = get_account(account_id), posted_number(request.args.get("menu"))
    form = LinkForm(formdata=None, menu=chosen)
    form.offer(account_id)
    return _page(account, form)


@blueprint.post("/links")
@requires(Permission.RICH_MENUS)
def link(account_id: int) -> Response:
    """Begin to link a segment to the chosen menu, or to none."""
    account, form = get_account(account_id), LinkForm()
    form.offer(account_id)
    if not form.validate_on_submit():
        return _page(account, form, 422)
    if form.menu.data:
        link_segment(account_id, form.menu.data, form.segment.data, actor=current_actor())
    else:
        unlink_segment(account_id, form.segment.data, actor=current_actor())
    return htmx.go(url_for("rich_menus.links", account_id=account_id))


@blueprint.post("/links/<int:run_id>/cancel")
@requires(Permission.RICH_MENUS)
def cancel(account_id: int, run_id: int) -> Response:
    get_account(account_id)
    if not cancel_linking(account_id, run_id, actor=current_actor()):
        htmx.toast(_("It has ended already."), "info")
    return htmx.go(url_for("rich_menus.links", account_id=account_id))


def _page(account: Account, form: LinkForm, status: int = 200) -> Response:
    context: dict[str, Any] = {"account": account, "form": form, "runs": link_runs(account.id)}
    return htmx.render("messages/rich_menus/links.html", "messages/rich_menus/_link_runs.html", status, **context)

"""The Import section of an account's settings; a page of its own where the browser runs no script."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.i18n import _, _l
from app.core.pages import PagePosition, time_order
from app.imports.friends.operations import cancel_friend_import, require_available, start_friend_import
from app.imports.friends.queries import friend_import
from app.imports.friends.repeats import repeat_weekly, stop_repeating
from app.line.access import get_account
from app.line.models import Account
from app.line.panels import SettingsPanel, register
from app.team.permissions import Permission, current_actor, requires

register(
    SettingsPanel(
        "friend-import",
        _l("Import"),
        "friend_imports.show",
        Permission.IMPORTS,
        lambda account: account.can_import_friends,
    )
)
blueprint = Blueprint("friend_imports", __name__, url_prefix="/accounts/<int:account_id>/friend-import")


@blueprint.get("")
@requires(Permission.IMPORTS)
def show(account_id: int) -> Response:
    account = get_account(account_id)
    require_available(account)
    return _section(account)


@blueprint.get("/progress")
@requires(Permission.IMPORTS)
def progress(account_id: int) -> Response:
    """Show how far a running import is, or, polled while none runs, one that began elsewhere.

    `seen` is the run whose end the reader has before them, 0 for none. A change is answered with the whole section.
    """
    account = get_account(account_id)
    require_available(account)
    current, seen = friend_import(account), request.args.get("seen", type=int)
    is_active = current.run is not None and current.run.is_active
    if is_active and seen is None:
        return htmx.render("imports/friends/show.html", "imports/friends/_progress.html", friend_import=current)
    if not is_active and seen == (current.run.id if current.run else 0):
        return Response(status=204)
    return htmx.retarget(_section(account), "#friend-import", "outerHTML")


@blueprint.get("/history")
@requires(Permission.IMPORTS)
def history(account_id: int) -> Response:
    """Show one page of earlier imports."""
    account = get_account(account_id)
    require_available(account)
    found = friend_import(account, PagePosition.asked_by(request.args), time_order(request.args))
    return htmx.render(
        "imports/friends/show.html", "imports/friends/_history.html", friend_import=found, is_history_open=True
    )


@blueprint.post("")
@requires(Permission.IMPORTS)
def create(account_id: int) -> Response:
    account = get_account(account_id)
    run, is_new = start_friend_import(account, actor=current_actor(), tag=request.form.get("tag", ""))
    if is_new:
        htmx.toast(_("The import has started. You can go on using Tomoru as usual."))
    elif run.is_cancelling:
        htmx.toast(_("The last import is still being cancelled. Start again in a moment."), "info")
    else:
        htmx.toast(_("An import is running already; this one did not start."), "info")
    return _changed(account)


@blueprint.post("/cancel")
@requires(Permission.IMPORTS)
def cancel(account_id: int) -> Response:
    account = get_account(account_id)
    if cancel_friend_import(account, actor=current_actor()) is None:
        htmx.toast(_("No import is running any more."), "info")
    return _changed(account)


@blueprint.post("/repeat")
@requires(Permission.IMPORTS)
def repeat(account_id: int) -> Response:
    """Switch the weekly import on, or off with `on=0`."""
    account = get_account(account_id)
    if request.form.get("on") == "0":
        stop_repeating(account, actor=current_actor())
        htmx.toast(_("The weekly import is off."))
    else:
        repeat_weekly(account, actor=current_actor(), tag=request.form.get("tag", ""))
        htmx.toast(_("The weekly import is on."))
    return _changed(account)


def _section(account: Account) -> Response:
    return htmx.render(
        "imports/friends/show.html", "imports/friends/_friend_import.html", friend_import=friend_import(account)
    )


def _changed(account: Account) -> Response:
    """Answer with the section, or with the page for a browser without script."""
    if htmx.is_fragment():
        return _section(account)
    return htmx.go(url_for("friend_imports.show", account_id=account.id))


BLUEPRINTS = (blueprint,)

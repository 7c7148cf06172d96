"""Tags on the chosen friends of the list, or on all friends who fit its filter; and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.error_messages import sentence
from app.core.errors import Conflict
from app.core.i18n import Text, _, count, ngettext
from app.core.pages import TALL_SIZE, PagePosition
from app.friends.forms import BulkTagsForm
from app.friends.list_params import parse_list_params
from app.friends.operations.bulk import (
    ADD,
    Changed,
    cancel_change,
    change_tags_of_all,
    change_tags_of_chosen,
)
from app.friends.operations.bulk_undo import close_change, undo_change
from app.friends.queries.bulk import BulkLine, bulk_changes_page, recent_bulk_changes
from app.friends.queries.listing import Total, count_friends
from app.friends.queries.tags import tags_named_like
from app.line.access import get_account
from app.line.models import Account
from app.team.permissions import Permission, current_actor, me, requires

blueprint = Blueprint("bulk_tags", __name__, url_prefix="/accounts/<int:account_id>/bulk-tags")


@blueprint.get("")
@requires(Permission.TAGS)
def index(account_id: int) -> Response:
    """Show the progress of changes in the background; polled every second while one is under way."""
    account = get_account(account_id)
    lines = recent_bulk_changes(account.id, me().id)
    response = _runs(account, lines)
    return response if any(line.is_active for line in lines) else htmx.with_trigger(response, "friends-changed")


@blueprint.get("/history")
@requires(Permission.TAGS)
def history(account_id: int) -> Response:
    """List the changes of the last weeks, each with the way to undo it."""
    account = get_account(account_id)
    page = bulk_changes_page(account.id, PagePosition.asked_by(request.args, TALL_SIZE))
    return htmx.render(
        "friends/bulk_changes.html", "friends/_bulk_history.html", account=account, changes=page, reason=sentence
    )


@blueprint.get("/new")
@requires(Permission.TAGS)
def new(account_id: int) -> Response:
    """Ask for the tags; the address says which friends are chosen in the list, as the form will."""
    asked = {"action": request.args.get("action", ADD), "whole": request.args.get("whole", "")}
    form = BulkTagsForm(formdata=None, data={**asked, "friend": request.args.getlist("friend")})
    return _ask(account_id, form)


@blueprint.post("")
@requires(Permission.TAGS)
def create(account_id: int) -> Response:
    account, form = get_account(account_id), BulkTagsForm()
    changes: list[Changed] = []
    if not form.submit(lambda: changes.append(_change(account.id, form))):
        return _ask(account_id, form, 422)
    htmx.toast(_words(changes[0]), "info" if changes[0].run else "success")
    if not htmx.is_fragment():
        return htmx.go(url_for("friends.index", **parse_list_params(account_id).args))
    return htmx.with_trigger(_runs(account, recent_bulk_changes(account_id, me().id)), "friends-changed")


@blueprint.post("/<int:run_id>/cancellation")
@requires(Permission.TAGS)
def cancel(account_id: int, run_id: int) -> Response:
    account = get_account(account_id)
    if not cancel_change(account.id, run_id, actor=current_actor()):
        htmx.toast(_("It had finished already."), "info")
    if not htmx.is_fragment():
        return htmx.go(url_for("friends.index", account_id=account_id))
    return _runs(account, recent_bulk_changes(account_id, me().id))


@blueprint.post("/<int:change_id>/undo")
@requires(Permission.TAGS)
def undo(account_id: int, change_id: int) -> Response:
    account = get_account(account_id)
    try:
        undo_change(account.id, change_id, actor=current_actor())
    except Conflict as refusal:
        htmx.toast(str(refusal), "info")
    return _answer(account)


@blueprint.post("/<int:change_id>/close")
@requires(Permission.TAGS)
def close(account_id: int, change_id: int) -> Response:
    account = get_account(account_id)
    close_change(account.id, change_id, actor=current_actor())
    return _answer(account)


def _answer(account: Account) -> Response:
    """Return the changes where they were pressed: on the page of all of them, or above the list."""
    if request.form.get("page") == "history":
        return htmx.go(url_for("bulk_tags.history", account_id=account.id))
    if not htmx.is_fragment():
        return htmx.go(url_for("friends.index", account_id=account.id))
    return _runs(account, recent_bulk_changes(account.id, me().id))


def _runs(account: Account, lines: Sequence[BulkLine]) -> Response:
    return htmx.render("friends/_bulk_runs.html", account=account, changes=lines, reason=sentence)


def _change(account_id: int, form: BulkTagsForm) -> Changed:
    actor, wanted = current_actor(), parse_list_params(account_id).filter if form.whole.data else None
    tags, action, new = form.chosen.data or [], form.action.data, form.new_tag.data or ""
    if wanted is not None:
        return change_tags_of_all(account_id, wanted, action, tags, new_tag=new, actor=actor)
    return change_tags_of_chosen(account_id, form.friend.data or [], action, tags, new_tag=new, actor=actor)


def _ask(account_id: int, form: BulkTagsForm, status: int = 200) -> Response:
    account = get_account(account_id)
    chosen = set(form.chosen.data or [])
    tags = tags_named_like(account.id, "", keep=chosen)
    return htmx.render(
        "friends/_bulk_form.html",
        status=status,
        account=account,
        form=form,
        tags=tags,
        chosen=chosen,
        people=_people(account_id, form),
        is_loaded=True,
    )


def _people(account_id: int, form: BulkTagsForm) -> Total | None:
    """Return how many friends are chosen; None where none is."""
    if form.whole.data:
        return count_friends(account_id, parse_list_params(account_id).filter)
    return Total(len(form.friend.data)) if form.friend.data else None


def _words(changed: Changed) -> Text:
    if changed.run:
        return _("The tags are being changed in the background. You can go on working.")
    if changed.changed == changed.matched:
        return ngettext("%(num)s friend changed.", "%(num)s friends changed.", changed.changed)
    if changed.run is None and changed.changed == 0:
        return _("Nothing to change: all chosen friends were so already.")
    return ngettext(
        "%(changed)s of %(num)s friend changed; the others were so already.",
        "%(changed)s of %(num)s friends changed; the others were so already.",
        changed.matched,
        changed=count(changed.changed),
    )

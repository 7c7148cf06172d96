"""Delete a segment, after a question that names what uses it."""

from __future__ import annotations

from flask import Response, url_for

from app.core import htmx
from app.core.i18n import _
from app.core.usage import usages_of
from app.line.access import get_account
from app.line.models import Account
from app.segments.operations.segments import DeletedMeanwhile, delete_segment, still_there
from app.segments.views.blueprint import blueprint
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/<int:segment_id>/removal")
@requires(Permission.SEGMENTS)
def removal(account_id: int, segment_id: int) -> Response:
    account = get_account(account_id)
    try:
        segment = still_there(account_id, segment_id)
    except DeletedMeanwhile as gone:
        return is_gone(account, gone, "segment-removal")
    return htmx.render(
        "segments/removal.html",
        "segments/_removal.html",
        account=account,
        segment=segment,
        usages=usages_of("segment", segment.id, current_actor()),
        in_dialog=htmx.is_fragment(),
    )


@blueprint.post("/<int:segment_id>/removal")
@requires(Permission.SEGMENTS)
def remove(account_id: int, segment_id: int) -> Response:
    account = get_account(account_id)
    try:
        segment = still_there(account_id, segment_id)
    except DeletedMeanwhile as gone:
        return is_gone(account, gone, "segment-removal")
    delete_segment(account.id, segment.id, actor=current_actor())
    htmx.toast(_("The segment “%(name)s” was deleted.", name=segment.name))
    if not htmx.is_fragment():
        return htmx.go(url_for("segments.index", account_id=account.id))
    return htmx.with_trigger(htmx.render("segments/_removal_none.html"), "segments-changed")


def is_gone(account: Account, gone: DeletedMeanwhile, question: str) -> Response:
    """Answer for a segment that is gone already: say so in place of the question, and reload the list behind it."""
    if not htmx.is_fragment():
        htmx.toast(who_deleted(gone), "info")
        return htmx.go(url_for("segments.index", account_id=account.id))
    past = htmx.render("segments/_removal_past.html", words=who_deleted(gone), id=question)
    return htmx.with_trigger(past, "segments-changed")


def who_deleted(gone: DeletedMeanwhile) -> str:
    """Return the sentence about a deletion for pages without unsaved changes."""
    return _("%(name)s has deleted this segment.", name=gone.deletion.actor_name)

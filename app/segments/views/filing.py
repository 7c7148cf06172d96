"""Put one segment into another folder, from the menu of its row."""

from __future__ import annotations

from flask import Response, url_for

from app.core import htmx
from app.folders.operations import move_into_folder
from app.line.access import get_account
from app.segments.forms.segment import SegmentFolderForm
from app.segments.kind import SEGMENTS
from app.segments.operations.segments import DeletedMeanwhile, still_there
from app.segments.queries.segments import folders
from app.segments.views.blueprint import blueprint
from app.segments.views.removal import is_gone
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/<int:segment_id>/folder")
@requires(Permission.SEGMENTS)
def filing(account_id: int, segment_id: int) -> Response:
    """Ask for the folder."""
    account = get_account(account_id)
    try:
        segment = still_there(account_id, segment_id)
    except DeletedMeanwhile as gone:
        return is_gone(account, gone, "segment-filing")
    return htmx.render(
        "segments/filing.html",
        "segments/_filing.html",
        account=account,
        segment=segment,
        folders=folders(account.id),
        in_dialog=htmx.is_fragment(),
    )


@blueprint.post("/<int:segment_id>/folder")
@requires(Permission.SEGMENTS)
def file(account_id: int, segment_id: int) -> Response:
    account, form = get_account(account_id), SegmentFolderForm()
    try:
        segment = still_there(account_id, segment_id)
    except DeletedMeanwhile as gone:
        return is_gone(account, gone, "segment-filing")
    moved = move_into_folder(account.id, SEGMENTS, [segment.id], form.folder.data or None, actor=current_actor())
    htmx.toast(SEGMENTS.words.moved(moved))
    if not htmx.is_fragment():
        return htmx.go(url_for("segments.index", account_id=account.id))
    return htmx.with_trigger(htmx.render("segments/_filing_none.html"), "segments-changed")

"""Numbers of friends in segments: polled by pages that lack them, and counted again on demand."""

from __future__ import annotations

from flask import Response, request, url_for

from app.core import htmx
from app.core.identifiers import row_number
from app.line.access import get_account
from app.segments.operations.counting import count_later, try_to_count
from app.segments.operations.segments import DeletedMeanwhile, still_there
from app.segments.queries.segments import get_segment, segments_by_id
from app.segments.views.blueprint import blueprint
from app.segments.views.removal import who_deleted
from app.team.permissions import Permission, requires

MOST = 100


@blueprint.get("/counts")
@requires(Permission.SEGMENTS)
def counts(account_id: int) -> Response:
    """Return the cells whose numbers are there now; the list polls again for the rest."""
    account = get_account(account_id)
    wanted = [number for one in request.args.getlist("segment") if (number := row_number(one)) is not None]
    segments = segments_by_id(account.id, wanted[:MOST])
    if segments and all(segment.count_due_at for segment in segments):
        return Response(status=204)
    return htmx.render("segments/counts.oob.html", account=account, segments=segments)


@blueprint.get("/<int:segment_id>/count")
@requires(Permission.SEGMENTS)
def count(account_id: int, segment_id: int) -> Response:
    account = get_account(account_id)
    try:
        segment = still_there(account_id, segment_id)
    except DeletedMeanwhile as gone:
        # An empty answer takes the numbers, which would otherwise go on asking, from the page.
        htmx.toast(who_deleted(gone), "info")
        return htmx.render("errors/_toast_only.html")
    return htmx.render("segments/_numbers.html", account=account, segment=segment)


@blueprint.post("/<int:segment_id>/count")
@requires(Permission.SEGMENTS)
def recount(account_id: int, segment_id: int) -> Response:
    account, segment = get_account(account_id), get_segment(account_id, segment_id)
    count_later([segment])
    try_to_count(segment)
    if not htmx.is_fragment():
        return htmx.go(url_for("segments.show", account_id=account.id, segment_id=segment.id))
    return htmx.render("segments/_numbers.html", account=account, segment=segment)

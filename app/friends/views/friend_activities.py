"""The timeline of one friend: older lines on demand, new ones by themselves."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from app.core import htmx
from app.core.pages import Page
from app.friends.models import Friend
from app.friends.queries.friends import get_friend
from app.friends.queries.timeline import names_of_members, newer_entries, next_mark, timeline_page
from app.friends.timeline_sources import TimelineEntry
from app.line.access import get_account
from app.team.permissions import Permission, requires

blueprint = Blueprint(
    "friend_activities", __name__, url_prefix="/accounts/<int:account_id>/friends/<int:friend_id>/activities"
)


@blueprint.get("")
@requires(Permission.FRIENDS)
def index(account_id: int, friend_id: int) -> Response:
    """Return further lines, from the place where the page ended."""
    get_account(account_id)
    friend = get_friend(account_id, friend_id)
    page = timeline_page(friend.id, request.args.get("after"))
    return htmx.render("friends/_timeline_lines.html", **_lines(friend, page))


@blueprint.get("/newer")
@requires(Permission.FRIENDS)
def newer(account_id: int, friend_id: int) -> Response:
    """Return lines that were written since the mark `than`; nothing while there are none."""
    get_account(account_id)
    friend = get_friend(account_id, friend_id)
    than = request.args.get("than", "")
    rows = newer_entries(friend.id, than)
    if not rows:
        return Response(status=204)
    response = htmx.render("friends/_timeline_newer.html", **_lines(friend, Page(rows)), mark=next_mark(than, rows))
    # What happened may have changed what the cards beside the timeline say.
    return htmx.with_trigger(response, "friend-news")


def _lines(friend: Friend, timeline: Page[TimelineEntry]) -> dict[str, Any]:
    return {"friend": friend, "timeline": timeline, "members": names_of_members(timeline.rows)}

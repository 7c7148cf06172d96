"""The timeline of one friend: older lines on demand, new ones by themselves."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.core import htmx
from app.core.pages import Page
from app.friends.models import Activity, Friend
from app.friends.queries.friends import get_friend
from app.friends.queries.timeline import names_of_members, newer_activities, timeline_page
from app.friends.timeline import describe
from app.line.access import get_account
from app.team.permissions import Permission, requires

blueprint = Blueprint(
    "friend_activities", __name__, url_prefix="/accounts/<int:account_id>/friends/<int:friend_id>/activities"
)


@blueprint.get("")
@requires(Permission.FRIENDS)
def index(account_id: int, friend_id: int) -> Response:
    """Further lines, from the place where the page ended."""
    get_account(account_id)
    friend = get_friend(account_id, friend_id)
    return _lines("friends/_timeline_lines.html", friend, timeline_page(friend.id, request.args.get("after")))


@blueprint.get("/newer")
@requires(Permission.FRIENDS)
def newer(account_id: int, friend_id: int) -> Response:
    """Lines that came after the one with the id `than`; nothing while there are none."""
    get_account(account_id)
    friend = get_friend(account_id, friend_id)
    rows = newer_activities(friend.id, request.args.get("than", 0, int))
    return _lines("friends/_timeline_newer.html", friend, Page(rows)) if rows else Response(status=204)


def _lines(template: str, friend: Friend, timeline: Page[Activity]) -> Response:
    members = names_of_members(timeline)
    return htmx.render(template, friend=friend, timeline=timeline, members=members, describe=describe)

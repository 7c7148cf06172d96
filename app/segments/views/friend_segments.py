"""The card on a friend's page: which segments the friend is in now."""

from __future__ import annotations

from flask import Response

from app.core import htmx
from app.friends.queries.friends import get_friend
from app.line.access import get_account
from app.segments.queries.friend_segments import segments_of_friend
from app.segments.queries.segments import count_segments
from app.segments.views.blueprint import blueprint
from app.team.permissions import Permission, requires


@blueprint.get("/friends/<int:friend_id>")
@requires(Permission.SEGMENTS)
def of_friend(account_id: int, friend_id: int) -> Response:
    account, friend = get_account(account_id), get_friend(account_id, friend_id)
    return htmx.render(
        "segments/_of_friend.html",
        account=account,
        segments=segments_of_friend(account.id, friend.id),
        total=count_segments(account.id),
    )

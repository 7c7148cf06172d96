"""The LINE profile of one friend: show it while it is being fetched, and fetch it on demand."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from app.core import htmx
from app.core.error_messages import sentence
from app.core.i18n import Text, _
from app.friends.facts import facts_of
from app.friends.operations.profiles import Refresh, Refreshed, refresh_profile
from app.friends.queries.friends import get_friend
from app.line.access import get_account
from app.team.permissions import Permission, current_actor, requires

blueprint = Blueprint(
    "friend_profile", __name__, url_prefix="/accounts/<int:account_id>/friends/<int:friend_id>/profile"
)


@blueprint.get("")
@requires(Permission.FRIENDS)
def show(account_id: int, friend_id: int) -> Response:
    """Show the profile; polled every few seconds while it is being fetched."""
    account, friend = get_account(account_id), get_friend(account_id, friend_id)
    return htmx.render("friends/_profile.html", account=account, friend=friend, facts=facts_of(account.id, friend.id))


@blueprint.post("")
@requires(Permission.FRIENDS)
def refresh(account_id: int, friend_id: int) -> Response:
    get_account(account_id)
    result = refresh_profile(account_id, friend_id, actor=current_actor())
    htmx.toast(_words(result), "error" if result.outcome is Refreshed.FAILED else "info")
    if not htmx.is_fragment():
        return htmx.go(url_for("friends.show", account_id=account_id, friend_id=friend_id))
    return show(account_id, friend_id)


def _words(result: Refresh) -> Text:
    return {
        Refreshed.CHANGED: _("The profile is up to date now."),
        Refreshed.SAME: _("LINE has nothing new: the profile was up to date."),
        Refreshed.BLOCKED: _("This person has blocked the account, so LINE does not give their profile."),
        Refreshed.UNAVAILABLE: _(
            "LINE does not give this profile: the person blocked the account, has not agreed to it, or left LINE."
        ),
        Refreshed.FAILED: sentence(result.reason),
    }[result.outcome]

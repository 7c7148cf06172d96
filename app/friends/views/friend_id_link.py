"""The ID link of a friend: show it and remove it."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from app.core import htmx
from app.core.i18n import _
from app.friends.models import Friend
from app.friends.operations.id_links import remove_id_link
from app.friends.queries.friends import get_friend
from app.friends.queries.id_links import id_link
from app.line.access import get_account
from app.line.models import Account
from app.team.permissions import Permission, current_actor, requires

blueprint = Blueprint(
    "friend_id_link", __name__, url_prefix="/accounts/<int:account_id>/friends/<int:friend_id>/id-link"
)


@blueprint.get("")
@requires(Permission.FRIENDS)
def show(account_id: int, friend_id: int) -> Response:
    return _card(get_account(account_id), get_friend(account_id, friend_id))


@blueprint.post("/removal")
@requires(Permission.IMPORTS)
def remove(account_id: int, friend_id: int) -> Response:
    """Remove the link; open to members who may import, since only they can bring it back."""
    account, friend = get_account(account_id), get_friend(account_id, friend_id)
    removed = remove_id_link(account.id, friend.line_user_id, actor=current_actor())
    htmx.toast(_("The ID link is removed.") if removed else _("This ID link was removed already."))
    if htmx.is_fragment():
        return _card(account, friend)
    return htmx.go(url_for("friends.show", account_id=account_id, friend_id=friend_id))


def _card(account: Account, friend: Friend) -> Response:
    link = id_link(account.id, friend.line_user_id)
    if not htmx.is_fragment():
        return htmx.go(url_for("friends.show", account_id=account.id, friend_id=friend.id))
    return htmx.render("friends/show.html", "friends/_id_link.html", account=account, friend=friend, link=link)

"""The card of the friend page with the last messages, and the way into the chat."""

from __future__ import annotations

from flask import Response, url_for

from app.chat.lines import summary
from app.chat.operations.beginning import open_conversation
from app.chat.queries.conversations import conversation_of
from app.chat.queries.thread import newest_lines
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.i18n import _l
from app.friends import panels
from app.friends.queries.friends import get_friend
from app.line.access import get_account
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/accounts/<int:account_id>/friends/<int:friend_id>")
@requires(Permission.CHAT)
def of_friend(account_id: int, friend_id: int) -> Response:
    """Show the last messages of the friend."""
    account = get_account(account_id)
    friend = get_friend(account.id, friend_id)
    lines = newest_lines(account.id, friend.line_user_id)
    found = conversation_of(account.id, friend.line_user_id)
    return htmx.render(
        "chat/_of_friend.html", account=account, friend=friend, conversation=found, lines=lines, summary=summary
    )


@blueprint.post("/accounts/<int:account_id>/friends/<int:friend_id>")
@requires(Permission.CHAT)
def begin(account_id: int, friend_id: int) -> Response:
    """Open the chat with the friend, from now on with a conversation of its own."""
    account = get_account(account_id)
    found = open_conversation(account.id, get_friend(account.id, friend_id), actor=current_actor())
    return htmx.go(url_for("chat.show", conversation_id=found.id))


panels.register(panels.FriendPanel(_l("Chat"), "chat.of_friend", Permission.CHAT))

"""What is known of the friend beside the thread: the cards of the friend's page, and what can be put into words."""

from __future__ import annotations

from flask import Response, url_for

from app.chat.queries.conversations import friend_of, get_conversation
from app.chat.views import composer
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.errors import NotFound
from app.core.values.dates import stored_date
from app.friends.panels import panels_for
from app.friends.queries.attributes import attribute_definitions
from app.friends.queries.id_links import id_link
from app.friends.queries.tags import tags_on
from app.friends.queries.timeline import names_of_members, timeline_mark, timeline_page
from app.friends.values import fields, value_of
from app.line.access import get_account
from app.team.permissions import Permission, check_any, current_actor, me, requires


@blueprint.get("/<int:conversation_id>/person")
@requires(Permission.CHAT)
def person(conversation_id: int) -> Response:
    """Show the cards to members who may see friends."""
    found = get_conversation(conversation_id, current_actor())
    check_any(Permission.FRIENDS)
    friend = friend_of(found)
    if friend is None:
        raise NotFound
    if not htmx.is_fragment():
        return htmx.go(url_for("friends.show", account_id=friend.account_id, friend_id=friend.id))
    timeline = timeline_page(friend.id)
    return htmx.render(
        "chat/person/_cards.html",
        account=get_account(friend.account_id),
        friend=friend,
        tags=tags_on(friend.id),
        link=id_link(friend.account_id, friend.line_user_id),
        fields=fields(attribute_definitions(friend.account_id)),
        timeline=timeline,
        mark=timeline_mark(friend.id, timeline.rows),
        members=names_of_members(timeline.rows),
        panels=[one for one in panels_for(friend, me().may) if one.permission != Permission.CHAT],
        value_of=value_of,
        date_of=stored_date,
    )


@blueprint.get("/<int:conversation_id>/values")
@requires(Permission.CHAT)
def values(conversation_id: int) -> Response:
    """Show what can be put into the words of an answer."""
    found = get_conversation(conversation_id, current_actor())
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.show", conversation_id=found.id))
    return htmx.render("chat/composer/_values.html", own_values=composer.own_values(found))

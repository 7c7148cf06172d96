"""The list of conversations, and one of them beside it."""

from __future__ import annotations

from flask import Response, request

from app.chat.lines import summary
from app.chat.operations.marks import mark_read
from app.chat.queries.conversations import get_conversation, open_conversation
from app.chat.queries.drafts import answer_draft
from app.chat.queries.said import messages_found
from app.chat.queries.thread import newer_page, thread_around, thread_page
from app.chat.settings.choices import MarksRead
from app.chat.timing.reading import mark_later
from app.chat.views import context
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.identifiers import row_number
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("")
@requires(Permission.CHAT)
def index() -> Response:
    feed = context.feed()
    shown = context.listing(context.my_accounts())
    return htmx.render("chat/index.html", "chat/_listed.html", **shown, **feed, conversation=None)


@blueprint.get("/<int:conversation_id>")
@requires(Permission.CHAT)
def show(conversation_id: int) -> Response:
    """Show a conversation; it counts as read from now on."""
    # A conversation that is opened beside the list leaves the list as it is, and where it stands.
    is_beside = htmx.is_fragment()
    feed = {} if is_beside else context.feed()
    # Read before the conversation, whose account is among them.
    accounts = () if is_beside else context.my_accounts()
    found, is_mentioned, draft, state = open_conversation(conversation_id, current_actor())
    mark_read(found, actor=current_actor(), is_mentioned=is_mentioned)
    mark_later(found, MarksRead.OPEN)
    message_id = row_number(request.args.get("message", ""))
    page = thread_around(found, message_id) if message_id else None
    opened = context.opened(found, page, draft=answer_draft(draft), answer=state)
    listed = context.counted() if is_beside else context.listing(accounts, found.id)
    return htmx.render("chat/index.html", "chat/_opened.html", **{**listed, **opened, **feed})


@blueprint.get("/found")
@requires(Permission.CHAT)
def found() -> Response:
    """Return further messages that hold what is searched."""
    wanted, accounts = context.asked(), context.my_accounts()
    page = messages_found(accounts, wanted, context.reader(), request.args.get("found"))
    return htmx.render("chat/_found.html", found=page, accounts=accounts, args=wanted.args, summary=summary)


@blueprint.get("/<int:conversation_id>/newer")
@requires(Permission.CHAT)
def newer(conversation_id: int) -> Response:
    """Return the lines below those that the page shows."""
    found = get_conversation(conversation_id, current_actor())
    page = newer_page(found, request.args.get("after", ""))
    return htmx.render("chat/_newer.html", **context.opened(found, page, is_part=True))


@blueprint.get("/<int:conversation_id>/older")
@requires(Permission.CHAT)
def older(conversation_id: int) -> Response:
    """Return the lines above those that the page shows."""
    found = get_conversation(conversation_id, current_actor())
    page = thread_page(found, request.args.get("before"))
    return htmx.render("chat/_lines.html", **context.opened(found, page, is_part=True))

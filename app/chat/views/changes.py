"""What changed since a page was drawn: one small request every few seconds, answered with nothing while all stands."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request
from sqlalchemy import exists, select

from app.chat.lines import lines_of
from app.chat.operations.marks import mark_read
from app.chat.presence import who_writes
from app.chat.queries.conversations import get_conversation, unread_conversations
from app.chat.queries.thread import changed_lines
from app.chat.settings.choices import MarksRead
from app.chat.timing.reading import mark_later
from app.chat.views import context
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.db import db
from app.core.errors import NotFound
from app.core.identifiers import posted_number
from app.messages.conversations.models import Conversation
from app.team.permissions import Permission, current_actor, me, requires


@blueprint.get("/changes")
@requires(Permission.CHAT)
def changes() -> Response:
    """Answer with what transactions from `since` on have changed; of the conversation `open` the lines, too."""
    since = posted_number(request.args.get("since"))
    upto = context.cursor()
    accounts = context.my_accounts()
    mine = Conversation.account_id.in_([one.id for one in accounts])
    found = _opened()
    writing = who_writes(found, me().id) if found else ""
    if not db.session.scalar(select(exists().where(mine, Conversation.changed_in >= since))):
        return _of_writing(writing)
    shown = context.listing(accounts)
    unread = unread_conversations(me().id, [one.id for one in accounts])
    if found is not None and found.changed_in >= since:
        page = changed_lines(found, since, _moment(request.args.get("oldest")))
        if request.args.get("reads") == "1":
            mark_read(found, actor=current_actor())
            mark_later(found, MarksRead.OPEN)
        shown |= {**context.opened(found, page), "news": lines_of(page, None)}
    else:
        shown |= {"conversation": found, "news": (), "thread": None}
    db.session.commit()
    return htmx.render("chat/changes.oob.html", **{**shown, "since": upto, "unread": unread, "writing": writing})


def _of_writing(writing: str) -> Response:
    """Answer that nothing else has changed, with who is writing where the page does not say so."""
    if writing == request.args.get("writing", ""):
        return Response(status=204)
    return htmx.render("chat/writing.oob.html", writing=writing)


def _opened() -> Conversation | None:
    try:
        return get_conversation(posted_number(request.args.get("open")), current_actor())
    except NotFound:
        return None


def _moment(given: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(given) if given else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else None

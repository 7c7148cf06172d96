"""What changed since a page was drawn: one small request every few seconds, answered with nothing while all stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, request

from app.chat.lines import lines_of, summary
from app.chat.operations.marks import mark_read
from app.chat.presence import who_writes
from app.chat.queries.changed import NOTHING, FeedStanding, standing
from app.chat.queries.conversations import friend_of, get_conversation
from app.chat.queries.drafts import draft_in
from app.chat.queries.list_changes import ListChanges, list_changes
from app.chat.queries.opened import change_of
from app.chat.queries.rows import ConversationRow
from app.chat.queries.thread import changed_lines
from app.chat.settings.choices import MarksRead
from app.chat.timing.reading import mark_later
from app.chat.views import composer, context, rows
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.identifiers import posted_number
from app.core.pages import PagePosition
from app.messages.conversations.models import Conversation, MessageState
from app.team.permissions import Permission, current_actor, me, requires

# Nothing of the list is told.
_LIST_AS_BEFORE: dict[str, Any] = {"list": rows.ListDrawn("", "", ()), "alerts": ()}


@blueprint.get("/changes")
@requires(Permission.CHAT)
def changes() -> Response:
    """Answer with what transactions from `since` on have changed in the list, and in the conversation `open`.

    The list follows every FRESH seconds, and the conversation that the page shows within a moment; both at once where
    the page asks after an action of its own.
    """
    is_own = request.args.get("own") == "1"
    at = standing(posted_number(request.args.get("since")), current_actor(), is_own=is_own)
    open_id = posted_number(request.args.get("open"))
    changed_in = change_of(open_id, current_actor(), is_own=is_own) if open_id else None
    writing = "" if changed_in is None else who_writes(open_id, me().id, at.until)
    has_rows, has_lines = at.tag not in (NOTHING, request.args.get("told")), _has_changed(changed_in, at)
    if not has_rows and not has_lines:
        return _of_writing(writing)
    listed = _of_list(at, open_id) if has_rows else _LIST_AS_BEFORE
    stands = (at.upto, at.next) if has_rows else (at.since, request.args.get("told", ""))
    found = get_conversation(open_id, current_actor()) if has_lines else None
    shown = {**listed, **_of_opened(found, at.since), "has_new_writing": _is_new(writing), "writing": writing}
    return htmx.render("chat/changes.oob.html", **shown, since=stands[0], told=stands[1])


def _has_changed(changed_in: int | None, at: FeedStanding) -> bool:
    """Return whether the open conversation is another one than the page has seen."""
    if changed_in is None:
        return False
    seen = request.args.get("seen")
    return changed_in >= at.since if seen is None else changed_in != posted_number(seen)


def _of_writing(writing: str) -> Response:
    """Answer that nothing else has changed, with who is writing where the page does not say so."""
    return htmx.render("chat/writing.oob.html", writing=writing) if _is_new(writing) else Response(status=304)


def _is_new(writing: str) -> bool:
    return writing != request.args.get("writing", "")


def _of_list(feed: FeedStanding, open_id: int) -> dict[str, Any]:
    """Return the lines that changed; all of the page where many did."""
    wanted, at = context.asked(), PagePosition.asked_by(request.args, context.PAGE_SIZE)
    last = _moment(request.args.get("last"))
    found = list_changes(current_actor().accounts, wanted, me().id, feed, last, at)
    drawn = rows.draw_changes(found, open_id)
    return {"list": drawn, "alerts": _alerts(found), "summary": summary, "unread": found.unread}


def _of_opened(found: Conversation | None, since: int) -> dict[str, Any]:
    """Return what changed in the conversation that the page shows; `found` is None where all stands."""
    if found is None:
        return {"conversation": found, "news": (), "has_new_state": False, "is_live": False, "has_lost_quote": False}
    if request.args.get("reads") == "1":
        mark_read(found, actor=current_actor())
        mark_later(found, MarksRead.OPEN)
    page = changed_lines(found, since, *map(_moment, _shown()))
    has_new_state = context.state_of(found) != request.args.get("state")
    # A draft loses its quote with the message that is taken back.
    is_less = any(one.state == MessageState.UNSENT for one in page.messages)
    has_lost_quote = is_less and draft_in(found, current_actor()).is_quote_lost
    more = context.opened(found, None) if has_new_state else composer.live(found)
    more = {**more, **composer.shown(found)} if has_lost_quote else more
    news = lines_of(page, friend_of(found))
    about = {"conversation": found, "me_id": me().id, "news": news, "has_lost_quote": has_lost_quote}
    # A page that says nothing of planned answers is sent them.
    about["planned_known"] = request.args.get("planned")
    return {**more, **about, "has_new_state": has_new_state, "is_live": True}


def _alerts(found: ListChanges) -> list[ConversationRow]:
    """Return what the member is told of: new messages of conversations that are theirs, or that they follow."""
    return [one for one in found.all if one.unread and _is_told(one)] if found.is_told else []


def _is_told(one: ConversationRow) -> bool:
    row, mark = one.row, one.mark
    if row.is_spam or (mark and mark.is_muted):
        return False
    return row.assignee_id in (None, me().id) or bool(mark and mark.is_followed)


def _shown() -> tuple[str | None, str | None]:
    """Return the places between which the page shows lines; it ends before the newest where one was jumped to."""
    return request.args.get("oldest"), request.args.get("newest")


def _moment(given: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(given) if given else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else None

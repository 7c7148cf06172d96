"""What the chat's templates receive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from flask import request

from app.chat.counting import unread
from app.chat.filters import FLAGS, KINDS, ORDERS, OWNERS, STATUSES, ChatReader, ConversationFilter, parse_filter
from app.chat.invitations import invitations
from app.chat.lines import line_of_note, lines_of, summary
from app.chat.notes.queries import pinned_note
from app.chat.operations.marks import open_chat
from app.chat.presence import who_writes
from app.chat.queries.changed import standing
from app.chat.queries.composer_state import ComposerState
from app.chat.queries.conversations import friend_of, group_of, is_reachable, mark_of, name_of
from app.chat.queries.drafts import AnswerDraft
from app.chat.queries.filters import filters_of
from app.chat.queries.listing import conversations_page
from app.chat.queries.offered import offered
from app.chat.queries.people import answering_members
from app.chat.queries.said import MessagesFound, messages_found
from app.chat.queries.thread import ThreadPage, thread_page
from app.chat.timing.reading import may_mark, newest_unmarked
from app.chat.views import composer
from app.chat.views.rows import ShownList, draw_lines
from app.core.db import db
from app.core.pages import PagePosition
from app.line.access import visible_accounts
from app.line.models import Account
from app.messages.conversations.models import Conversation
from app.team.permissions import Permission, current_actor, me

PAGE_SIZE = 25


def feed() -> dict[str, Any]:
    """Return from where on a page asks for changes; call it before the page's rows are read."""
    at = standing(None, current_actor())
    return {"since": at.upto, "told": at.next}


def reader() -> ChatReader:
    """Return the member who asks, as queries take them."""
    return ChatReader(me().id, open_chat(None, actor=current_actor()).read_up_to_id)


def listing(accounts: Sequence[Account], open_id: int | None = None) -> dict[str, Any]:
    """Return the list as the address asks for it, with the choices of its filter; `open_id` is of the open one."""
    wanted, at = asked(), PagePosition.asked_by(request.args, PAGE_SIZE)
    page = conversations_page(accounts, wanted, reader(), at)
    place = ShownList({one.id: one.name for one in accounts}, wanted, at)
    finds = bool(wanted.search) and not (at.after or at.before)
    return {
        "accounts": accounts,
        "wanted": wanted,
        "args": place.args,
        "statuses": STATUSES,
        "summary": summary,
        "me_id": me().id,
        "is_first": not (at.after or at.before),
        "conversations": page,
        "drawn": draw_lines(page.rows, place, open_id),
        "found": messages_found(accounts, wanted, reader(), None) if finds else MessagesFound(()),
        "invitations": [] if page.rows or wanted.is_narrowed else invitations(accounts),
        "kinds": KINDS,
        "owners": OWNERS,
        "flags": FLAGS,
        "orders": ORDERS,
        "members": answering_members([one.id for one in accounts]),
        "offered": offered(accounts, wanted),
        "may": me().may,
        "saved": filters_of(me().id),
        "filter_name": "",
        "filter_error": "",
        "alerted": open_chat(None, actor=current_actor()),
        "alerts": (),
        **counted(),
    }


def counted() -> dict[str, Any]:
    """Return how many conversations the member has not read."""
    return {"unread": unread()}


def asked() -> ConversationFilter:
    """Return what the address asks for; tags and segments only for members who may see them."""
    wanted, may = parse_filter(request.args), me().may
    tag_id = wanted.tag_id if may(Permission.FRIENDS) else None
    return replace(wanted, tag_id=tag_id, segment_id=wanted.segment_id if may(Permission.SEGMENTS) else None)


def state_of(conversation: Conversation) -> str:
    """Return a word that changes with everything that the part of the page with the state shows."""
    mark = mark_of(conversation.id, me().id)
    kept = (mark.is_pinned, mark.is_followed, mark.is_muted)
    one = conversation
    is_marked = (one.read_at_line_id or 0) >= (one.last_incoming_id or 0)
    note = pinned_note(one)
    pinned = (one.pinned_note_id, note.edited_at.timestamp() if note and note.edited_at else 0)
    decided = (one.status, one.assignee_id, one.is_spam, one.owner, one.owner_id)
    seen = (name_of(one), is_reachable(one), *pinned, is_marked, *decided, *kept)
    return sha256("-".join(map(str, seen)).encode()).hexdigest()[:16]


def opened(
    conversation: Conversation,
    page: ThreadPage | None = None,
    *,
    is_part: bool = False,
    draft: AnswerDraft | None = None,
    answer: ComposerState | None = None,
) -> dict[str, Any]:
    """Return the thread, or a page of it, and the person beside it; `is_part`: lines only, without a composer.

    `draft` is the member's, and `answer` what an answer meets, where they are read already.
    """
    friend = friend_of(conversation)
    shown = page or thread_page(conversation)
    account = db.session.get_one(Account, conversation.account_id)
    return {
        "conversation": conversation,
        "account": account,
        "friend": friend,
        "group": group_of(conversation),
        "name": name_of(conversation),
        "is_reachable": is_reachable(conversation),
        "mark": mark_of(conversation.id, me().id),
        "state": state_of(conversation),
        "thread": shown,
        "lines": lines_of(shown, friend),
        "may_see_friend": friend is not None and me().may(Permission.FRIENDS),
        "pinned": line_of_note(note) if (note := pinned_note(conversation)) else None,
        "note_text": "",
        "note_error": "",
        "may_mark": may_mark(account),
        "is_marked": newest_unmarked(conversation) is None,
        "writing": who_writes(conversation.id, me().id),
        "statuses": STATUSES,
        "colleagues": answering_members([conversation.account_id]),
        "me_id": me().id,
        "list_args": asked().args,
        **(composer.live(conversation) if is_part else composer.whole(conversation, draft, answer)),
    }


def my_accounts() -> Sequence[Account]:
    """Return the accounts that the member may see."""
    return visible_accounts(current_actor())

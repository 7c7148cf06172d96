"""What the chat's templates receive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from sqlalchemy import text

from app.chat.filters import FLAGS, KINDS, ORDERS, OWNERS, STATUSES, parse_filter
from app.chat.lines import lines_of, summary
from app.chat.operations.marks import open_chat
from app.chat.presence import who_writes
from app.chat.queries.conversations import mark_of, name_of
from app.chat.queries.listing import ChatReader, conversations_page
from app.chat.queries.people import answering_members
from app.chat.queries.thread import ThreadPage, thread_page
from app.chat.recipients import recipient_of
from app.chat.timing.deadlines import Deadlines
from app.chat.timing.reading import may_mark, newest_unmarked
from app.core import htmx
from app.core.db import db
from app.core.error_messages import sentence
from app.core.pages import PagePosition
from app.friends.models import Friend
from app.friends.queries.tags import tags_on
from app.line.access import visible_accounts
from app.line.models import Account, Group
from app.messages.conversations.models import Conversation
from app.messages.sending.recipients import Obstacles
from app.team.permissions import Permission, current_actor, me

PAGE_SIZE = 25


def cursor() -> int:
    """Return the number of the oldest transaction that is still open: all before it can be seen."""
    return int(db.session.scalar(text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")))


def reader() -> ChatReader:
    """Return the member who asks, as queries take them."""
    return ChatReader(me().id, open_chat(None, actor=current_actor()).read_up_to_id)


def listing(accounts: Sequence[Account]) -> dict[str, Any]:
    """Return the list as the address asks for it."""
    wanted, at = parse_filter(request.args), PagePosition.asked_by(request.args, PAGE_SIZE)
    page = conversations_page(accounts, wanted, reader(), at)
    return {
        "wanted": wanted,
        "conversations": page,
        "accounts": accounts,
        "statuses": STATUSES,
        "kinds": KINDS,
        "owners": OWNERS,
        "flags": FLAGS,
        "orders": ORDERS,
        "members": answering_members([one.id for one in accounts]),
        "summary": summary,
        "me_id": me().id,
        "is_late": Deadlines([one.id for one in accounts]).is_late,
        "is_first": not (at.after or at.before),
        "args": {**wanted.args, **at.chosen},
    }


def opened(conversation: Conversation, page: ThreadPage | None = None) -> dict[str, Any]:
    """Return the thread and the person beside it."""
    friend = db.session.get(Friend, conversation.friend_id) if conversation.friend_id else None
    shown = page or thread_page(conversation)
    account = db.session.get_one(Account, conversation.account_id)
    return {
        "conversation": conversation,
        "account": account,
        "friend": friend,
        "group": db.session.get(Group, conversation.group_id) if conversation.group_id else None,
        "name": name_of(conversation),
        "mark": mark_of(conversation.id, me().id),
        "thread": shown,
        "lines": lines_of(shown, friend),
        "may_see_friend": friend is not None and me().may(Permission.FRIENDS),
        "tags": tags_on(friend.id) if friend else [],
        "obstacle": obstacle_of(conversation),
        "may_mark": may_mark(account),
        "is_marked": newest_unmarked(conversation) is None,
        "writing": who_writes(conversation, me().id),
        "statuses": STATUSES,
        "colleagues": answering_members([conversation.account_id]),
        "me_id": me().id,
        "list_args": parse_filter(request.args).args,
        "is_fragment": htmx.is_fragment(),
        "words": "",
        "error": "",
    }


def obstacle_of(conversation: Conversation) -> str:
    """Return in a sentence why nothing can be sent now; empty when it can."""
    if conversation.friend_id is None and conversation.group_id is None:
        return sentence("messages.left_group")
    recipient = recipient_of(conversation)
    return sentence(Obstacles([recipient]).refusal(recipient, is_reply=False))


def my_accounts() -> Sequence[Account]:
    """Return the accounts that the member may see."""
    return visible_accounts(current_actor())

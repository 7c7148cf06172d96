"""The API of the chat: another program reads what was said."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from app.chat.queries.history import history_page, read_time
from app.core.templating import iso
from app.line.access import get_account
from app.messages.conversations.models import ConversationMessage
from app.team.api_access import ApiScope, requires_key

blueprint = Blueprint("chat_api", __name__, url_prefix="/api/v1/accounts/<int:account_id>/messages")
# What LINE needs for quoting, and what only our own rows mean, is left out.
_OWN = frozenset({"quoteToken", "markAsReadToken"})


@blueprint.get("")
@requires_key(ApiScope.CHAT)
def index(account_id: int) -> Response:
    """List messages of a period, the oldest first; `next` is the address of the following page."""
    account, args = get_account(account_id), request.args
    since, until = read_time(args.get("from"), "from"), read_time(args.get("to"), "to")
    found, cursor = history_page(account.id, since, until, args.get("cursor"))
    kept: dict[str, Any] = {name: args[name] for name in ("from", "to") if args.get(name)}
    following = url_for(".index", account_id=account.id, cursor=cursor, **kept) if cursor else None
    return jsonify(messages=[_resource(one) for one in found], cursor=cursor, next=following)


def _resource(one: ConversationMessage) -> dict[str, Any]:
    return {
        "id": one.id,
        "chat_id": one.chat_id,
        "line_message_id": one.line_message_id,
        "direction": one.direction,
        "author": {"kind": one.author_kind, "id": one.author_id, "line_user_id": one.author_line_id},
        "friend_id": one.friend_id,
        "type": one.type,
        "content": {name: value for name, value in one.content.items() if name not in _OWN},
        "quoted_line_message_id": one.quoted_message_id,
        "state": one.state,
        "at": iso(one.occurred_at),
        "edited_at": iso(one.edited_at) or None,
        "cause": one.cause_kind,
    }

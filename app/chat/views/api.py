"""The API of the chat: another program reads what was said."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from app.chat.queries.history import history_page, read_time
from app.chat.signed_files import GOOD_FOR, sign
from app.core.clock import now
from app.core.templating import iso
from app.line.access import get_account
from app.messages.conversations.contents.models import ContentState
from app.messages.conversations.contents.queries import KnownContent, contents_of
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
    sent = contents_of([one.id for one in found])
    following = url_for(".index", account_id=account.id, cursor=cursor, **kept) if cursor else None
    return jsonify(messages=[_resource(one, sent.get(one.id)) for one in found], cursor=cursor, next=following)


def _resource(one: ConversationMessage, file: KnownContent | None) -> dict[str, Any]:
    return {
        "id": one.id,
        "chat_id": one.chat_id,
        "line_message_id": one.line_message_id,
        "direction": one.direction,
        "author": {"kind": one.author_kind, "id": one.author_id, "line_user_id": one.author_line_id},
        "friend_id": one.friend_id,
        "type": one.type,
        "content": {name: value for name, value in one.content.items() if name not in _OWN},
        "file": _file(file) if file else None,
        "quoted_line_message_id": one.quoted_message_id,
        "state": one.state,
        "at": iso(one.occurred_at),
        "edited_at": iso(one.edited_at) or None,
        "cause": one.cause_kind,
    }


def _file(known: KnownContent) -> dict[str, Any]:
    content, stored = known.content, known.file
    if content.state != ContentState.STORED or stored is None:
        return {"state": content.state}
    url = url_for("received_files.show", signed=sign(content.id))
    until = iso(now() + GOOD_FOR)
    about = {"name": stored.name, "media_type": stored.media_type, "size": stored.size}
    return {"state": content.state, **about, "url": url, "url_until": until}

"""Friends in the conversations that a filter finds, as a set that changes of many friends know; no list offers it."""

from __future__ import annotations

from sqlalchemy import select

from app.chat.filters import ChatReader, ConversationFilter, parse_filter
from app.chat.queries.conditions import conditions
from app.core.i18n import _l
from app.friends.friend_sets import FriendSet, Listed, register
from app.messages.conversations.models import Conversation
from app.segments.friends_list.keys import decode, encode

KIND = "conversations"


def key_of(wanted: ConversationFilter, reader: ChatReader) -> str:
    """Return the key of the friends in conversations that this member finds so."""
    given = {name: str(value) for name, value in wanted.args.items()}
    return f"{KIND}-{encode({'filter': given, 'reader': [reader.member_id, reader.read_up_to_id]})}"


def _find(account_id: int, key: str) -> FriendSet | None:
    try:
        packed = decode(key)
        wanted, reader = parse_filter(packed["filter"]), ChatReader(*map(int, packed["reader"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    mine = (Conversation.account_id == account_id, Conversation.friend_id.is_not(None))
    ids = select(Conversation.friend_id.label("friend_id")).where(*mine, *conditions(account_id, wanted, reader))
    # It says whom a member has not read, so no member may ask for it by an address.
    return FriendSet(_l("Conversations"), Listed(ids), readers=())


register(KIND, _find)

"""Who waits for an answer when it becomes impossible to give one, or possible again.

A friend who blocks the account, and a group that the account leaves, wait no more. They wait again, since their last
message, when they are back and nothing was answered after it.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import text

from app.core.db import db
from app.messages.conversations.models import TRANSACTION

_SETTLE = f"""
WITH held AS (
    SELECT row.id, CASE
        WHEN person.follow_status = 'blocked' OR NOT joined.is_joined THEN NULL
        WHEN row.last_incoming_id > coalesce(row.answered_id, 0)
        THEN coalesce(row.unanswered_since, row.last_incoming_at)
        ELSE row.unanswered_since END AS since
    FROM {{chats}}
    LEFT JOIN friends person ON person.id = row.friend_id
    LEFT JOIN groups joined ON joined.id = row.group_id
    ORDER BY row.account_id, row.chat_id FOR UPDATE OF row
)
UPDATE conversations row SET unanswered_since = held.since, changed_in = {TRANSACTION}
FROM held WHERE row.id = held.id AND row.unanswered_since IS DISTINCT FROM held.since
"""  # noqa: S608
_OF_FRIENDS = text(
    _SETTLE.format(
        chats="""unnest(CAST(:ids AS bigint[])) AS given (friend_id)
    JOIN conversations row ON row.friend_id = given.friend_id AND row.kind = 'friend'"""
    )
)
_OF_GROUPS = text(
    _SETTLE.format(
        chats="""jsonb_to_recordset(CAST(:chats AS jsonb)) AS given (account_id bigint, chat_id text)
    JOIN conversations row ON row.account_id = given.account_id AND row.chat_id = given.chat_id"""
    )
)


def settle_waiting_of(friend_ids: Collection[int]) -> None:
    """Say of these friends, whose follow status has changed, whether they wait for an answer."""
    if friend_ids:
        db.session.execute(_OF_FRIENDS, {"ids": sorted(friend_ids)})


def settle_waiting_in(groups: Collection[tuple[int, str]]) -> None:
    """Say the same of groups, each account and chat id, which the account has joined or left."""
    if groups:
        given = [{"account_id": account_id, "chat_id": chat_id} for account_id, chat_id in sorted(groups)]
        db.session.execute(_OF_GROUPS, {"chats": json.dumps(given)})

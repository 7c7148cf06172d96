"""Reply tokens: kept as events bring them, claimed once, and forgotten when they are over.

Their age is told by the database's clock, since a worker's may be wrong by more than a token lives.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    Integer,
    ScalarSelect,
    SQLColumnExpression,
    cast,
    delete,
    extract,
    func,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import database_now
from app.core.db import db
from app.messages.sending.models import ReplyToken

# LINE takes a token for about a minute; a request needs some of it.
LIFE = timedelta(seconds=50)
KEPT = timedelta(hours=1)
# The tokens are chosen first and once: an update that looked for them itself might look again for each row.
_CLAIM = text("""
    WITH free AS MATERIALIZED (
        SELECT one.id, wish.send_id
        FROM unnest(CAST(:account_ids AS bigint[]), CAST(:chat_ids AS text[]), CAST(:send_ids AS bigint[]))
                AS wish (account_id, chat_id, send_id),
            LATERAL (
                SELECT id FROM reply_tokens token
                WHERE token.account_id = wish.account_id AND token.chat_id = wish.chat_id AND token.send_id IS NULL
                    AND token.given_at > statement_timestamp() - CAST(:life AS interval)
                ORDER BY token.given_at DESC, token.id DESC LIMIT 1
                FOR UPDATE SKIP LOCKED
            ) one
    )
    UPDATE reply_tokens SET send_id = free.send_id FROM free WHERE reply_tokens.id = free.id
    RETURNING reply_tokens.send_id, reply_tokens.token
""")


@dataclass(frozen=True)
class GivenToken:
    """A token as an event brings it; `chat_id` is the group or room it happened in, else the person."""

    account_id: int
    chat_id: str
    token: str
    given_at: datetime


class TokenWish(NamedTuple):
    """A send that would be a reply, if its chat has a token."""

    account_id: int
    chat_id: str
    send_id: int


def keep_tokens(tokens: Sequence[GivenToken]) -> None:
    """Store tokens that may still be used; a redelivered one is stored once."""
    if not tokens:
        return
    oldest = db.session.scalars(select(database_now(-LIFE))).one()
    rows = [vars(one) for one in tokens if one.given_at > oldest]
    if rows:
        rows.sort(key=lambda row: (row["account_id"], row["token"]))
        db.session.execute(insert(ReplyToken).values(rows).on_conflict_do_nothing())


def claim_tokens(wishes: Sequence[TokenWish]) -> dict[int, str]:
    """Take the newest free token of each chat for its send; returns them by send, without those that find none.

    A chat has one wish at a time.
    """
    if not wishes:
        return {}
    columns = zip(*wishes, strict=True)
    lists = dict(zip(("account_ids", "chat_ids", "send_ids"), map(list, columns), strict=True))
    rows = db.session.execute(_CLAIM, {**lists, "life": LIFE})
    return {row.send_id: row.token for row in rows}


def chats_with_token(account_id: int, chat_ids: Collection[str]) -> set[str]:
    """Return which of these chats have a token that a send could use now."""
    if not chat_ids:
        return set()
    mine = (ReplyToken.account_id == account_id, ReplyToken.chat_id.in_(chat_ids), ReplyToken.send_id.is_(None))
    query = select(ReplyToken.chat_id).where(*mine, ReplyToken.given_at > database_now(-LIFE))
    return set(db.session.scalars(query))


def seconds_left(account_id: SQLColumnExpression[int], chat_id: SQLColumnExpression[str]) -> ScalarSelect[int]:
    """Select for how many seconds a send to this chat can be a reply; 0: there is no token."""
    mine = ReplyToken.account_id == account_id, ReplyToken.chat_id == chat_id, ReplyToken.send_id.is_(None)
    left = extract("epoch", func.max(ReplyToken.given_at) - database_now(-LIFE))
    return select(cast(func.greatest(0, func.trunc(left)), Integer)).where(*mine).scalar_subquery()


def release_tokens(tokens: Collection[tuple[int, str]]) -> None:
    """Let other tries have tokens that LINE has not seen, each given with its account."""
    if tokens:
        mine = tuple_(ReplyToken.account_id, ReplyToken.token).in_(tokens)
        db.session.execute(update(ReplyToken).where(mine).values(send_id=None))


def prune() -> None:
    """Remove tokens that are long over; commits."""
    db.session.execute(delete(ReplyToken).where(ReplyToken.given_at < database_now(-KEPT)))
    db.session.commit()

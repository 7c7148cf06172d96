"""Reply tokens: kept as events bring them, claimed once, and forgotten when they are over.

Their age is told by the database's clock, since a worker's may be wrong by more than a token lives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import database_now
from app.core.db import db, selected_once
from app.messages.sending.models import ReplyToken

# LINE takes a token for about a minute; a request needs some of it.
LIFE = timedelta(seconds=50)
KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class GivenToken:
    """A token as an event brings it; `chat_id` is the group or room it happened in, else the person."""

    account_id: int
    chat_id: str
    token: str
    given_at: datetime


def keep_tokens(tokens: Sequence[GivenToken]) -> None:
    """Store tokens that may still be used; a redelivered one is stored once."""
    if not tokens:
        return
    oldest = db.session.scalars(select(database_now(-LIFE))).one()
    rows = [vars(one) for one in tokens if one.given_at > oldest]
    if rows:
        rows.sort(key=lambda row: (row["account_id"], row["token"]))
        db.session.execute(insert(ReplyToken).values(rows).on_conflict_do_nothing())


def claim_token(account_id: int, chat_id: str, send_id: int) -> str | None:
    """Take the newest free token of the chat for this send; None when there is none young enough."""
    free = (
        select(ReplyToken.id)
        .where(
            ReplyToken.account_id == account_id,
            ReplyToken.chat_id == chat_id,
            ReplyToken.send_id.is_(None),
            ReplyToken.given_at > database_now(-LIFE),
        )
        .order_by(ReplyToken.given_at.desc(), ReplyToken.id.desc())
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = update(ReplyToken).where(ReplyToken.id == selected_once(free)).values(send_id=send_id)
    return db.session.scalar(taken.returning(ReplyToken.token).execution_options(synchronize_session=False))


def release_token(token: str, account_id: int) -> None:
    """Let another try have a token that LINE has not seen."""
    mine = (ReplyToken.account_id == account_id) & (ReplyToken.token == token)
    db.session.execute(update(ReplyToken).where(mine).values(send_id=None))


def prune() -> None:
    """Remove tokens that are long over; commits."""
    db.session.execute(delete(ReplyToken).where(ReplyToken.given_at < database_now(-KEPT)))
    db.session.commit()

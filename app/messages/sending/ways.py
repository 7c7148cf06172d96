"""Choose how sends reach LINE: by reply while a token is young enough, else by push with the retry key.

The way is stored before the request, so that a worker that dies leaves nothing that would be sent twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, DateTime, Row, Text, any_, func, literal, select, true, tuple_, update
from sqlalchemy.orm import aliased

from app.core.clock import database_now
from app.core.db import db
from app.core.due.claims import Claim, Wait
from app.line.gateway import sends
from app.line.gateway.lanes import Lane
from app.line.gateway.outcomes import Outcome, Refused, RetryKey, Unknown
from app.line.gateway.sends import Send
from app.messages.conversations.models import Conversation, Owner
from app.messages.sending.causes import AUTOMATIC, LANES, CauseKind
from app.messages.sending.models import MessageSend, Via
from app.messages.sending.recipients import PERSON_ANSWERS, Obstacles, Recipient
from app.messages.sending.reply_tokens import TokenWish, claim_tokens

# How soon is looked again for an earlier send that another worker has in hand.
LOOK_AGAIN = timedelta(seconds=1)
_COLUMNS = (
    MessageSend.id,
    MessageSend.account_id,
    MessageSend.chat_id,
    MessageSend.friend_id,
    MessageSend.cause_kind,
    MessageSend.cause_id,
    MessageSend.is_automatic_answer,
    MessageSend.messages,
    MessageSend.tracked_send_id,
    MessageSend.via,
    MessageSend.retry_key,
    MessageSend.key_used_at,
    MessageSend.reason,
    MessageSend.attempts,
)


@dataclass(frozen=True, eq=False)
class Try:
    """One request to LINE for a send; `token` is set for a reply, and no request where nothing may be sent.

    `is_repeat`: LINE may have taken the messages at an earlier try, whose answer is missing.
    """

    row: Row[Any]
    key_used_at: datetime | None
    request: Send | None = None
    token: str | None = None
    is_repeat: bool = False

    @property
    def id(self) -> int:
        return int(self.row.id)

    @property
    def lane(self) -> Lane:
        return LANES[CauseKind(self.row.cause_kind)]


@dataclass
class Chosen:
    """Sends by what is done with them: tried, ended without a try, or put off until an earlier one is over."""

    tries: list[Try] = field(default_factory=list)
    ended: list[tuple[Try, Outcome]] = field(default_factory=list)
    waits: dict[int, Wait] = field(default_factory=dict)


def choose(claimed: Claim, ids: Sequence[int]) -> Chosen:
    """Choose the way of each send that is still ours, at most one of a chat, and store it; the caller commits."""
    chosen = Chosen()
    rows = _load(claimed.held(ids))
    open_rows = []
    waits = _waits(rows)
    for row in rows:
        if row.via == Via.REPLY:
            chosen.ended.append((Try(row, row.key_used_at), Unknown("messages.reply_unanswered")))
        elif row.id in waits:
            chosen.waits[row.id] = Wait(row.reason or "messages.earlier_first", waits[row.id], counts=False)
        else:
            open_rows.append(row)
    _choose_open(open_rows, chosen)
    _store(chosen.tries)
    return chosen


def _load(ids: set[int]) -> Sequence[Row[Any]]:
    # The age of a key is told by the database, since workers' clocks may differ.
    query = select(*_COLUMNS, database_now().label("moment"))
    mine = query.where(MessageSend.id == any_(literal(list(ids), ARRAY(BigInteger))))
    return db.session.execute(mine.order_by(MessageSend.id)).all() if ids else []


def _waits(rows: Sequence[Row[Any]]) -> dict[int, timedelta]:
    """Return for how long sends are put off since an earlier one of the same chat and kind is not over."""
    if not rows:
        return {}
    lists = (
        literal([row.id for row in rows], ARRAY(BigInteger)),
        literal([row.account_id for row in rows], ARRAY(BigInteger)),
        literal([row.chat_id for row in rows], ARRAY(Text)),
        literal([row.cause_kind for row in rows], ARRAY(Text)),
    )
    names = ("id", "account_id", "chat_id", "cause_kind")
    given = func.unnest(*lists).table_valued(*names).render_derived(name="given")
    earlier = aliased(MessageSend)
    first = (
        select((earlier.due_at - database_now()).label("after"))
        .where(
            earlier.account_id == given.c.account_id,
            earlier.chat_id == given.c.chat_id,
            earlier.due_at.is_not(None),
            earlier.id < given.c.id,
            earlier.cause_kind == given.c.cause_kind,
        )
        .order_by(earlier.id)
        .limit(1)
        .lateral("first")
    )
    found = db.session.execute(select(given.c.id, first.c.after).join(first, true()))
    return {row.id: max(row.after, LOOK_AGAIN) for row in found}


def _choose_open(rows: Sequence[Row[Any]], chosen: Chosen) -> None:
    recipients = {row.id: Recipient(row.account_id, row.chat_id, row.friend_id) for row in rows}
    obstacles = Obstacles(set(recipients.values()))
    allowed = []
    silent = _silenced(rows)
    for row in rows:
        if code := obstacles.refusal(recipients[row.id], is_reply=True) or silent.get(row.id):
            chosen.ended.append(_refusal(row, code))
        else:
            allowed.append(row)
    tokens = claim_tokens([TokenWish(row.account_id, row.chat_id, row.id) for row in allowed if row.via is None])
    for row in allowed:
        if token := tokens.get(row.id):
            chosen.tries.append(Try(row, row.key_used_at, sends.reply(token, row.messages), token))
        elif code := obstacles.refusal(recipients[row.id], is_reply=False):
            chosen.ended.append(_refusal(row, code))
        else:
            chosen.tries.append(_push(row))


def _silenced(rows: Sequence[Row[Any]]) -> dict[int, str]:
    """Return why automatic messages are not sent: a person answers the chat, or it is spam.

    The conversations are held until the ways are stored, so that a person who takes one over comes before or after.
    """
    automatic = [row for row in rows if row.cause_kind in AUTOMATIC]
    if not automatic:
        return {}
    chats = tuple_(Conversation.account_id, Conversation.chat_id)
    query = select(Conversation).where(chats.in_({(row.account_id, row.chat_id) for row in automatic}))
    found = db.session.scalars(query.order_by(*chats.clauses).with_for_update(read=True))
    known = {(one.account_id, one.chat_id): one for one in found.all()}
    reasons = {row.id: _why_silent(row, known.get((row.account_id, row.chat_id))) for row in automatic}
    return {send_id: code for send_id, code in reasons.items() if code}


def _why_silent(row: Row[Any], conversation: Conversation | None) -> str | None:
    if conversation is None:
        return None
    if conversation.is_spam:
        return "messages.spam"
    is_answered = row.is_automatic_answer and conversation.owner == Owner.PERSON
    return PERSON_ANSWERS if is_answered else None


def _refusal(row: Row[Any], code: str) -> tuple[Try, Outcome]:
    """An earlier push whose answer is missing may have been taken, whatever forbids another one now."""
    ended = Unknown(row.reason or code) if row.key_used_at is not None else Refused(code)
    return Try(row, row.key_used_at), ended


def _push(row: Row[Any]) -> Try:
    used_at = row.key_used_at or row.moment
    key = RetryKey.of_age(row.retry_key, row.moment - used_at)
    is_repeat = row.key_used_at is not None
    return Try(row, used_at, sends.push(row.chat_id, row.messages, key), is_repeat=is_repeat)


def _store(tries: Sequence[Try]) -> None:
    if not tries:
        return
    lists = (
        literal([one.id for one in tries], ARRAY(BigInteger)),
        literal([Via.REPLY if one.token else Via.PUSH for one in tries], ARRAY(Text)),
        literal([one.key_used_at for one in tries], ARRAY(DateTime(timezone=True))),
    )
    way = func.unnest(*lists).table_valued("id", "via", "key_used_at").render_derived(name="way")
    statement = update(MessageSend).where(MessageSend.id == way.c.id)
    values = {"via": way.c.via, "key_used_at": way.c.key_used_at}
    db.session.execute(statement.values(values).execution_options(synchronize_session=False))

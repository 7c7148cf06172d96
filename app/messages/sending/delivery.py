"""Bring a stored send to LINE: by reply while a token is young enough, else by push with its retry key.

What LINE cannot take now waits as a due row and is tried again with the same key. A reply is made once: when its answer
is missing, or the worker died during it, the send is unknown and neither repeated nor pushed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeGuard

import structlog
from sqlalchemy import select

from app.core import queue
from app.core.clock import database_now, now
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim, claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.queue import Queue
from app.line.gateway import messages
from app.line.gateway.outcomes import Accepted, Later, Outcome, Refused, RetryKey, Unknown
from app.messages.conversations.models import MessageState
from app.messages.conversations.outgoing import settle_outgoing
from app.messages.sending import reply_tokens
from app.messages.sending.causes import LANES, CauseKind
from app.messages.sending.models import MessageSend, SendState, Via
from app.messages.sending.recipients import Recipient
from app.messages.tracking.operations.sends import accepted

log = structlog.get_logger(__name__)
# Together about half a day, so that the retry key still counts at the last try.
TRIES = 20
# After which LINE has certainly not taken the messages.
NOT_TAKEN = frozenset({"line.person_flooded", "line.rate_limited", "line.limiter_away", "line.token_busy"})

SENDS = register(
    DueKind(
        "messages.sends",
        MessageSend,
        wake=lambda: queue.wake("messages.sending.deliver", queue=Queue.SENDING),
        # `_settle` ends a send after TRIES, so that its messages are told as well.
        backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(hours=1), most=1_000_000),
        batch=1,
        longest_wait=timedelta(hours=1),
    )
)


@dataclass(frozen=True)
class _Try:
    """One request to LINE; `token` is set for a reply.

    `is_repeat`: LINE may have taken the messages at an earlier try, whose answer is missing.
    """

    post: Callable[[], Outcome]
    token: str | None = None
    is_repeat: bool = False


def deliver_due() -> int:
    """Deliver the sends that are due; returns how many were tried."""
    return process(SENDS, _deliver, again=SENDS.wake)


def deliver_now(send_id: int) -> None:
    """Deliver one stored send unless a worker is at it; commits, and waits for LINE."""
    claimed = claim(SENDS, 1, MessageSend.id == send_id)
    if claimed:
        _deliver(claimed)
        db.session.commit()


def _deliver(claimed: Claim) -> None:
    while (begun := _begin(claimed)) is not None:
        if isinstance(begun, Refused | Unknown):
            return _settle(claimed, begun)
        outcome = begun.post()
        # LINE took nothing, and never will with this token: the next one, or a push, may reach it.
        is_token_over = begun.token and isinstance(outcome, Refused) and outcome.code == "line.reply_token"
        if not is_token_over:
            return _settle(claimed, outcome, begun.token, begun.is_repeat)
        _forget_way(claimed)
    return None


def _held(claimed: Claim) -> MessageSend | None:
    """Lock the send; None when another worker has it now."""
    held = claimed.held()
    return db.session.get_one(MessageSend, held.pop(), populate_existing=True) if held else None


def _begin(claimed: Claim) -> _Try | Refused | Unknown | None:
    """Choose the way and store it before the request; None when the send is no longer this worker's."""
    send = _held(claimed)
    if send is None:
        return None
    if send.via == Via.REPLY:
        return Unknown("messages.reply_unanswered")
    recipient = Recipient(send.account_id, send.chat_id, send.friend_id)
    if code := recipient.refusal(is_reply=True):
        return _refusal(send, code)
    is_new = send.via is None
    token = reply_tokens.claim_token(send.account_id, send.chat_id, send.id) if is_new else None
    if token is None and (code := recipient.refusal(is_reply=False)):
        return _refusal(send, code)
    return _reply(send, token) if token else _push(send)


def _refusal(send: MessageSend, code: str) -> Refused | Unknown:
    """An earlier push whose answer is missing may have been taken, whatever forbids another one now."""
    if send.key_used_at is not None:
        return Unknown(send.reason or code)
    return Refused(code)


def _reply(send: MessageSend, token: str) -> _Try:
    send.via = Via.REPLY
    account_id, content, lane = send.account_id, send.messages, LANES[CauseKind(send.cause_kind)]
    db.session.commit()
    return _Try(lambda: messages.reply(account_id, token, content, lane=lane), token)


def _push(send: MessageSend) -> _Try:
    # Another worker, whose clock may differ, may have used the key first.
    moment = db.session.scalars(select(database_now())).one()
    is_repeat = send.key_used_at is not None
    send.via, send.key_used_at = Via.PUSH, send.key_used_at or moment
    key = RetryKey.of_age(send.retry_key, moment - send.key_used_at)
    account_id, chat_id, content = send.account_id, send.chat_id, send.messages
    lane = LANES[CauseKind(send.cause_kind)]
    db.session.commit()
    return _Try(lambda: messages.push(account_id, chat_id, content, key, lane=lane), is_repeat=is_repeat)


def _forget_way(claimed: Claim) -> None:
    if (send := _held(claimed)) is not None:
        send.via = None
    db.session.commit()


def _settle(claimed: Claim, outcome: Outcome, token: str | None = None, is_repeat: bool = False) -> None:
    """Store what became of the try, in the session's transaction."""
    send = _held(claimed)
    if send is None:
        return
    if isinstance(outcome, Later):
        return _later(claimed, send, outcome, token, is_repeat)
    if isinstance(outcome, Accepted):
        values = {"state": SendState.SENT, "request_id": outcome.request_id}
        settle_outgoing(send.id, MessageState.SENT, outcome.messages, now())
    elif _says_nothing_of_earlier_tries(outcome, is_repeat):
        values = {"state": SendState.UNKNOWN, **_why(send.reason or outcome.code)}
        settle_outgoing(send.id, MessageState.UNKNOWN)
    elif isinstance(outcome, Refused):
        values = {"state": SendState.REFUSED, **_why(outcome.code, outcome.params)}
        settle_outgoing(send.id, MessageState.REFUSED)
    else:
        values = {"state": SendState.UNKNOWN, **_why(_unanswered(outcome, token))}
        settle_outgoing(send.id, MessageState.UNKNOWN)
    _note_acceptance(send, outcome, is_repeat)
    claimed.done(**values, settled_at=database_now())
    db.session.expire(send)
    log.info("message.settled", send=send.id, state=send.state, via=send.via)
    return None


def _note_acceptance(send: MessageSend, outcome: Outcome, is_repeat: bool) -> None:
    """Let fetches of the send's links count from the moment at which LINE may first have taken it."""
    is_refused = isinstance(outcome, Refused) and not _says_nothing_of_earlier_tries(outcome, is_repeat)
    if send.tracked_send_id is not None and not is_refused:
        is_first_try = not is_repeat and isinstance(outcome, Accepted)
        accepted(send.tracked_send_id, None if is_first_try else send.key_used_at)


def _later(claimed: Claim, send: MessageSend, outcome: Later, token: str | None, is_repeat: bool) -> None:
    if token is not None:
        # Only what LINE has not taken is for later where no retry key guards it.
        reply_tokens.release_token(token, send.account_id)
        send.via = None
        db.session.flush()
    is_safe = token is not None or (outcome.code in NOT_TAKEN and not is_repeat)
    if is_safe:
        send.key_used_at = None
        db.session.flush()
    if send.attempts < TRIES:
        return claimed.later(reason=outcome.code, after=outcome.after)
    return _settle(claimed, Refused(outcome.code) if is_safe else Unknown(outcome.code))


def _says_nothing_of_earlier_tries(outcome: Outcome, is_repeat: bool) -> TypeGuard[Refused]:
    """Return whether the messages are refused for a reason of the account, and may have been taken before."""
    return isinstance(outcome, Refused) and outcome.is_about_account and is_repeat


def _unanswered(outcome: Unknown, token: str | None) -> str:
    return "messages.reply_unanswered" if token else outcome.why


def _why(code: str, params: Mapping[str, object] | None = None) -> dict[str, Any]:
    return {"reason": code, "reason_values": {name: str(value) for name, value in (params or {}).items()}}

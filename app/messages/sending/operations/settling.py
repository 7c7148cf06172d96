"""Store what became of tries: in sets, in the session's transaction, and announce it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeGuard

import structlog
from sqlalchemy import ARRAY, BigInteger, any_, literal, update

from app.core.clock import database_now, now
from app.core.db import db
from app.core.due.claims import Claim, Wait
from app.core.events import announce
from app.line.gateway.outcomes import Accepted, Later, Outcome, Refused, Unknown
from app.messages.conversations.models import MessageState
from app.messages.conversations.outgoing import SettledOutgoing, settle_outgoing, touch_outgoing
from app.messages.sending.causes import CauseKind
from app.messages.sending.events import SendsSettled, SettledSend
from app.messages.sending.models import MessageSend, SendState
from app.messages.sending.reply_tokens import release_tokens
from app.messages.sending.ways import Try
from app.messages.tracking.operations.sends import accepted_all

log = structlog.get_logger(__name__)
# Together about half a day, so that the retry key still counts at the last try.
TRIES = 20
# After which LINE has certainly not taken the messages.
NOT_TAKEN = frozenset({"line.person_flooded", "line.rate_limited", "line.limiter_away", "line.token_busy"})
Tried = tuple[Try, Outcome]


def settle(claimed: Claim, tried: Sequence[Tried]) -> list[int]:
    """Store the outcomes of sends that are still ours; returns those to be tried again at once, in another way."""
    if not tried:
        return []
    held = claimed.held([one.id for one, _outcome in tried])
    mine = [(one, outcome) for one, outcome in tried if one.id in held]
    # LINE took nothing, and never will with this token: the next one, or a push, may reach it.
    again = [one.id for one, outcome in mine if _is_token_over(one, outcome)]
    _change(again, via=None)
    ended = _put_off(claimed, [(one, out) for one, out in mine if isinstance(out, Later)])
    ended += [pair for pair in mine if not isinstance(pair[1], Later) and not _is_token_over(*pair)]
    _end(claimed, ended)
    return again


def _is_token_over(one: Try, outcome: Outcome) -> bool:
    return one.token is not None and isinstance(outcome, Refused) and outcome.code == "line.reply_token"


def _put_off(claimed: Claim, laters: Sequence[tuple[Try, Later]]) -> list[Tried]:
    """Let these wait for another try; returns those that had all their tries, with how they end."""
    replies = [one for one, _outcome in laters if one.token is not None]
    # Only what LINE has not taken is for later where no retry key guards it.
    release_tokens([(one.row.account_id, one.token) for one in replies if one.token is not None])
    _change([one.id for one in replies], via=None)
    _change([one.id for one, outcome in laters if _is_safe(one, outcome)], key_used_at=None)
    waits = {one.id: Wait(out.code, out.after) for one, out in laters if one.row.attempts < TRIES}
    claimed.later_each(waits)
    touch_outgoing([one.id for one, _out in laters if one.id in waits and one.row.cause_kind == CauseKind.CHAT])
    return [
        # The last try as one of the send, whatever its way was.
        (Try(one.row, None if _is_safe(one, out) else one.key_used_at), _last(one, out))
        for one, out in laters
        if one.row.attempts >= TRIES
    ]


def _is_safe(one: Try, outcome: Later) -> bool:
    """Return whether LINE has certainly taken nothing, now or before."""
    return one.token is not None or (outcome.code in NOT_TAKEN and not one.is_repeat)


def _last(one: Try, outcome: Later) -> Outcome:
    return Refused(outcome.code) if _is_safe(one, outcome) else Unknown(outcome.code)


def _change(ids: Collection[int], **values: Any) -> None:
    if ids:
        statement = (
            update(MessageSend).where(MessageSend.id == any_(literal(list(ids), ARRAY(BigInteger)))).values(values)
        )
        db.session.execute(statement.execution_options(synchronize_session=False))


def _end(claimed: Claim, tried: Sequence[Tried]) -> None:
    if not tried:
        return
    values = {one.id: _values(one, outcome) for one, outcome in tried}
    moment = now()
    settle_outgoing([_outgoing(one, outcome, values[one.id]["state"], moment) for one, outcome in tried])
    accepted_all(_acceptances(tried, moment))
    claimed.done_each(values, settled_at=database_now())
    announce(SendsSettled(tuple(_settled(one, values[one.id]["state"]) for one, _outcome in tried)))
    states = Counter(str(own["state"]) for own in values.values())
    log.info("message.settled", sends=len(values), first=min(values), **states)


def _values(one: Try, outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Accepted):
        return _row(SendState.SENT, request_id=outcome.request_id)
    if _says_nothing_of_earlier_tries(outcome, one):
        return _row(SendState.UNKNOWN, one.row.reason or outcome.code)
    if isinstance(outcome, Refused):
        return _row(SendState.REFUSED, outcome.code, outcome.params)
    why = outcome.why if isinstance(outcome, Unknown) else outcome.code
    return _row(SendState.UNKNOWN, "messages.reply_unanswered" if one.token else why)


def _row(
    state: SendState,
    reason: str | None = None,
    params: Mapping[str, object] | None = None,
    request_id: str | None = None,
) -> dict[str, Any]:
    named = {name: str(value) for name, value in (params or {}).items()}
    return {"state": state, "reason": reason, "reason_values": named, "request_id": request_id}


def _says_nothing_of_earlier_tries(outcome: Outcome, one: Try) -> TypeGuard[Refused]:
    """Return whether the messages are refused for a reason of the account, and may have been taken before."""
    return isinstance(outcome, Refused) and outcome.is_about_account and one.is_repeat


def _outgoing(one: Try, outcome: Outcome, state: SendState, moment: datetime) -> SettledOutgoing:
    if isinstance(outcome, Accepted):
        return SettledOutgoing(one.id, MessageState.SENT, outcome.messages, moment)
    return SettledOutgoing(one.id, MessageState(state))


def _acceptances(tried: Sequence[Tried], moment: datetime) -> dict[int, datetime]:
    """Return from when fetches of links count: the moment at which LINE may first have taken them."""
    found: dict[int, datetime] = {}
    for one, outcome in tried:
        is_refused = isinstance(outcome, Refused) and not _says_nothing_of_earlier_tries(outcome, one)
        send_id = one.row.tracked_send_id
        if send_id is None or is_refused:
            continue
        is_first_try = not one.is_repeat and isinstance(outcome, Accepted)
        at = moment if is_first_try else one.key_used_at or moment
        found[send_id] = min(at, found.get(send_id, at))
    return found


def _settled(one: Try, state: SendState) -> SettledSend:
    return SettledSend(one.id, one.row.cause_kind, one.row.cause_id, state)

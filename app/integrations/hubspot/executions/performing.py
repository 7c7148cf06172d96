"""Do what HubSpot's workflows asked for: store the send once, and tell HubSpot what came of it.

The send and the step to SENDING are one transaction, so that a killed worker sends nothing twice.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text, update

from app.core import error_messages, queue
from app.core.clock import database_now, now
from app.core.db import db, released
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.errors import Conflict, PermanentFailure, RetryLater
from app.core.i18n import _l
from app.core.identifiers import row_number
from app.core.queue import Queue
from app.friends.models import FollowStatus, Friend
from app.friends.operations.friends import lock_friend_by_id
from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.executions import definition as action
from app.integrations.hubspot.executions.receiving import PATIENCE, WAKE
from app.integrations.hubspot.gateway import actions as requests
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.errors import ABOUT_THE_PORTAL, PORTAL_WAIT
from app.integrations.hubspot.models import ExecutionState, HubSpotExecution
from app.integrations.shared.models import Integration, IntegrationAccount, RemoteLink
from app.line.models import Account
from app.messages.auto.models import AutoMessage
from app.messages.content import message_set
from app.messages.content.kinds.plain import TextMessage
from app.messages.content.message_set import MOST_MESSAGES, MessageSet
from app.messages.content.personal_text import ESCAPED, OPENING
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.events import SettledSend
from app.messages.sending.models import MessageSend, SendState
from app.messages.sending.operations.sends import store_send
from app.messages.sending.recipients import Recipient
from app.team.actors import SYSTEM

EXECUTIONS = register(
    DueKind(
        "hubspot.executions",
        HubSpotExecution,
        wake=lambda: queue.wake(WAKE, queue=Queue.SENDING),
        # HubSpot's workflow waits for a week.
        backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(hours=1), most=200),
        given_up={"state": ExecutionState.DONE, "done_at": database_now()},
        batch=50,
        longest_wait=timedelta(hours=1),
    )
)
error_messages.register(
    {
        "hubspot.no_friend": _l("Not sent: this contact is no friend of the account."),
        "hubspot.account_not_covered": _l(
            "Not sent: the LINE account that the workflow names is not connected with this HubSpot account."
        ),
        "hubspot.nothing_to_send": _l("Not sent: the workflow gives neither a text nor an Auto Send Message."),
        "hubspot.message_gone": _l("Not sent: the Auto Send Message that the workflow names does not exist any more."),
        "hubspot.too_many_messages": _l("Not sent: the text and the Auto Send Message are more than five messages."),
        "hubspot.unusable_message": _l("Not sent: the text is too long, or the message cannot be sent as it is."),
        "hubspot.stopped": _l("Not sent: HubSpot is not connected any more."),
    }
)
# Locked in the order of ids, as claims lock them.
_SETTLE = text("""
    WITH given AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS given (id bigint, result text, code text)
    ), held AS MATERIALIZED (
        SELECT id FROM hubspot_executions
        WHERE id IN (SELECT id FROM given) AND state IN ('received', 'sending')
        ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE hubspot_executions
    SET state = 'settled', result = given.result, result_code = given.code,
        due_at = statement_timestamp(), attempts = 0, leased_until = NULL, reason = NULL
    FROM held JOIN given USING (id) WHERE hubspot_executions.id = held.id
""")
_OF_STATES = {SendState.SENT: action.SENT, SendState.UNKNOWN: action.UNKNOWN}


class _NotSent(Exception):
    """Why nothing is sent: a value of the output, and the code of its sentence."""

    def __init__(self, result: str, code: str) -> None:
        super().__init__(code)
        self.result, self.code = result, code


def perform_due() -> int:
    """Go on with the executions that are due; returns how many."""
    return process(EXECUTIONS, _perform, again=EXECUTIONS.wake)


def note_settled(sends: Iterable[SettledSend]) -> None:
    """Note what came of sends that HubSpot asked for; a worker tells it."""
    mine = [one for one in sends if one.cause_kind == CauseKind.HUBSPOT]
    if not mine:
        return
    query = select(MessageSend.id, MessageSend.reason).where(MessageSend.id.in_([one.send_id for one in mine]))
    reasons = {row.id: row.reason for row in db.session.execute(query)}
    _settle([(int(one.cause_id), _OF_STATES.get(one.state, action.REFUSED), reasons.get(one.send_id)) for one in mine])


def tell_again(integration: Integration) -> None:
    """Let a portal that is connected again be told what its workflows still wait for; the caller commits."""
    mine = (HubSpotExecution.integration_id == integration.id, HubSpotExecution.state == ExecutionState.SETTLED)
    again = update(HubSpotExecution).where(*mine).values(**EXECUTIONS.ordered())
    db.session.execute(again.execution_options(synchronize_session=False))
    queue.after_commit(db.session, WAKE, queue=Queue.SENDING)


def _settle(outcomes: Collection[tuple[int, str, str | None]]) -> None:
    """Store the result of these executions and the code of its sentence, as far as they still wait for it."""
    rows = [{"id": one, "result": result, "code": code} for one, result, code in outcomes]
    db.session.execute(_SETTLE, {"rows": json.dumps(rows)})
    queue.after_commit(db.session, WAKE, queue=Queue.SENDING)


def _perform(claimed: Claim) -> None:
    ids = sorted(claimed.held())
    rows = db.session.scalars(select(HubSpotExecution).where(HubSpotExecution.id.in_(ids))).all()
    received = [one.id for one in rows if one.state == ExecutionState.RECEIVED]
    settled = [one.id for one in rows if one.state == ExecutionState.SETTLED]
    claimed.done([one.id for one in rows if one.state not in {ExecutionState.RECEIVED, ExecutionState.SETTLED}])
    db.session.commit()
    for execution_id in received:
        _send(claimed, execution_id)
        db.session.commit()
    _tell(claimed, settled)


def _send(claimed: Claim, execution_id: int) -> None:
    """Store the send of one execution, or why there is none."""
    if not claimed.held([execution_id]):
        return
    row = db.session.get_one(HubSpotExecution, execution_id, populate_existing=True)
    try:
        account = _account(row)
        friend = _friend(row, account)
        content = _content(row, account)
        cause = Cause(CauseKind.HUBSPOT, str(row.id), _auto_message_id(row))
        with db.session.begin_nested():
            stored = store_send(account, Recipient.of_friend(friend), content, cause=cause, actor=SYSTEM)
    except _NotSent as why:
        _settle([(row.id, why.result, why.code)])
        return
    except Conflict:
        _settle([(row.id, action.REFUSED, "hubspot.unusable_message")])
        return
    claimed.done([row.id], state=ExecutionState.SENDING, account_id=account.id, friend_id=friend.id, send_id=stored.id)
    if stored.state == SendState.REFUSED:
        _settle([(row.id, action.REFUSED, stored.reason)])
    queue.after_commit(db.session, "messages.sending.deliver", queue=Queue.SENDING)


def _account(row: HubSpotExecution) -> Account:
    integration = db.session.get_one(Integration, row.integration_id)
    if not integration.is_connected:
        raise _NotSent(action.REFUSED, "hubspot.stopped")
    chosen = row_number(str(row.inputs.get(action.ACCOUNT) or "")) or 0
    covered = db.session.get(IntegrationAccount, (row.integration_id, chosen))
    if covered is None:
        raise _NotSent(action.REFUSED, "hubspot.account_not_covered")
    return db.session.get_one(Account, chosen)


def _friend(row: HubSpotExecution, account: Account) -> Friend:
    """Return the linked friend of the account, else the one with the LINE user id that the contact holds."""
    linked = select(RemoteLink.friend_id).where(
        RemoteLink.integration_id == row.integration_id,
        RemoteLink.account_id == account.id,
        RemoteLink.remote_id == row.remote_id,
    )
    named = select(Friend.id).where(Friend.account_id == account.id, Friend.line_user_id == (row.line_user_id or ""))
    found = db.session.scalar(linked.limit(1)) or db.session.scalar(named)
    friend = lock_friend_by_id(account.id, found) if found else None
    if friend is None or friend.follow_status == FollowStatus.STRANGER:
        raise _NotSent(action.NO_FRIEND, "hubspot.no_friend")
    if friend.follow_status == FollowStatus.BLOCKED:
        raise _NotSent(action.BLOCKED, "messages.blocked")
    return friend


def _content(row: HubSpotExecution, account: Account) -> MessageSet:
    """Return the text, in which HubSpot has filled its tokens, and then the Auto Send Message."""
    words = str(row.inputs.get(action.MESSAGE) or "").strip()
    typed = (TextMessage(words.replace(OPENING, ESCAPED)),) if words else ()
    prepared = _prepared(row, account)
    messages = (*typed, *(prepared.messages if prepared else ()))
    if not messages:
        raise _NotSent(action.REFUSED, "hubspot.nothing_to_send")
    if len(messages) > MOST_MESSAGES:
        raise _NotSent(action.REFUSED, "hubspot.too_many_messages")
    if prepared is None:
        return MessageSet(messages)
    return MessageSet(messages, prepared.quick_replies, utm=prepared.utm)


def _prepared(row: HubSpotExecution, account: Account) -> MessageSet | None:
    if not row.inputs.get(action.AUTO_MESSAGE):
        return None
    message = db.session.get(AutoMessage, _auto_message_id(row) or 0)
    if message is None or message.account_id != account.id:
        raise _NotSent(action.REFUSED, "hubspot.message_gone")
    return message_set.read(message.content)


def _auto_message_id(row: HubSpotExecution) -> int | None:
    return row_number(str(row.inputs.get(action.AUTO_MESSAGE) or ""))


def _tell(claimed: Claim, execution_ids: Collection[int]) -> None:
    """Tell HubSpot what came of these, one by one: what one callback meets says nothing of the others."""
    for execution_id in execution_ids:
        row = db.session.get_one(HubSpotExecution, execution_id, populate_existing=True)
        try:
            _complete(row)
        except RetryLater as error:
            claimed.later([execution_id], reason=error.code, after=error.after)
        except PermanentFailure as error:
            if error.code in ABOUT_THE_PORTAL and now() - row.received_at < PATIENCE:
                claimed.later([execution_id], reason=error.code, after=PORTAL_WAIT, counts=False)
            else:
                _done(claimed, execution_id, reason=error.code)
        else:
            _done(claimed, execution_id)
        db.session.commit()


def _complete(row: HubSpotExecution) -> None:
    access = access_of(db.session.get_one(Integration, row.integration_id))
    reason = "" if row.result == action.SENT else str(error_messages.sentence(row.result_code))
    state = "SUCCESS" if row.result == action.SENT else "FAIL_CONTINUE"
    outputs = {action.RESULT: row.result or action.REFUSED, action.REASON: reason}
    request = requests.complete(row.callback_id, state, outputs)
    with released():
        HubSpotClient(access).call(request)


def _done(claimed: Claim, execution_id: int, **values: Any) -> None:
    claimed.done([execution_id], state=ExecutionState.DONE, done_at=database_now(), **values)

"""Bring what people write in HubSpot's inbox to LINE, once and in order, and tell HubSpot what came of it.

The sends and the step to SENDING are one transaction, so that a killed worker sends nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import cast, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB

from app.chat.recipients import recipient_of
from app.core import error_messages, lenient_json, queue
from app.core.clock import database_now, now
from app.core.db import db, released
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.errors import Conflict, PermanentFailure, RetryLater
from app.core.i18n import _l, in_language, workspace_language
from app.core.queue import Queue
from app.integrations.hubspot.gateway import channels, inboxes
from app.integrations.hubspot.gateway.errors import PORTAL_WAIT
from app.integrations.hubspot.inbox import content, portal
from app.integrations.hubspot.inbox.models import AnswerState, HubSpotAnswer, HubSpotInbox, InboxState
from app.integrations.hubspot.inbox.receiving import WAKE
from app.integrations.hubspot.inbox.threads import TEST_CHAT, parsed
from app.integrations.hubspot.inbox.words import NO_FRIEND, NOT_CONNECTED, PARTLY, TEST, UNANSWERED, UNUSABLE
from app.integrations.shared.models import Integration
from app.line.models import Account
from app.messages.conversations import owning
from app.messages.conversations.models import Conversation
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.events import SettledSend
from app.messages.sending.models import MessageSend, SendState
from app.messages.sending.operations.sends import store_send
from app.team.actors import Actor, ActorKind
from app.team.permissions import Permission

ANSWERS = register(
    DueKind(
        "hubspot.answers",
        HubSpotAnswer,
        wake=lambda: queue.wake(WAKE, queue=Queue.SENDING),
        backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=10), most=200),
        given_up={"state": AnswerState.DONE, "done_at": database_now()},
        batch=50,
        longest_wait=PORTAL_WAIT,
    )
)
LOOK_AGAIN = timedelta(seconds=1)
# HubSpot waits no longer for what came of a message.
PATIENCE, KEPT = timedelta(days=7), timedelta(days=30)
FETCHING = "hubspot.inbox_earlier_first"
error_messages.register({FETCHING: _l("An earlier message of the same conversation is sent first.")})


def answer_due() -> int:
    """Go on with what is due; returns how many."""
    return process(ANSWERS, _perform, again=ANSWERS.wake)


def note_settled(sends: Iterable[SettledSend]) -> None:
    """Note what came of sends that are written in HubSpot's inbox; a worker tells it."""
    ids = sorted({int(one.cause_id) for one in sends if one.cause_kind == CauseKind.HUBSPOT_INBOX})
    for answer_id in ids:
        answer = db.session.get(HubSpotAnswer, answer_id, with_for_update=True, populate_existing=True)
        if answer is not None and answer.state == AnswerState.SENDING:
            _settle_when_over(answer)
    if ids:
        queue.after_commit(db.session, WAKE, queue=Queue.SENDING)


def prune() -> None:
    """Delete what has been over for a month, and commit."""
    old = delete(HubSpotAnswer).where(HubSpotAnswer.done_at < database_now(-KEPT))
    db.session.execute(old.execution_options(synchronize_session=False))
    db.session.commit()


def tell_again(integration: Integration) -> None:
    """Let a portal that is connected again be told what it still waits for; the caller commits."""
    mine = HubSpotAnswer.integration_id == integration.id, HubSpotAnswer.state == AnswerState.SETTLED
    again = update(HubSpotAnswer).where(*mine).values(**ANSWERS.ordered())
    db.session.execute(again.execution_options(synchronize_session=False))
    queue.after_commit(db.session, WAKE, queue=Queue.SENDING)


def _settle_when_over(answer: HubSpotAnswer) -> None:
    query = select(MessageSend.state, MessageSend.reason, MessageSend.reason_values)
    rows = db.session.execute(query.where(MessageSend.id.in_(answer.send_ids)).order_by(MessageSend.id)).all()
    if any(row.state == SendState.WAITING for row in rows):
        return
    failed = next((row for row in rows if row.state != SendState.SENT), None)
    problem, values = None, dict[str, Any]()
    if failed is not None and failed.state == SendState.UNKNOWN:
        problem = UNANSWERED
    elif failed is not None and any(row.state == SendState.SENT for row in rows):
        with in_language(workspace_language()):
            problem, values = PARTLY, {"reason": error_messages.sentence(failed.reason, failed.reason_values)}
    elif failed is not None:
        problem, values = failed.reason, dict(failed.reason_values)
    _settle(answer, problem, values)


def _settle(answer: HubSpotAnswer, problem: str | None = None, values: dict[str, Any] | None = None) -> None:
    answer.state, answer.problem, answer.problem_values = AnswerState.SETTLED, problem, values or {}
    ANSWERS.order(answer)
    db.session.flush()


def _perform(claimed: Claim) -> None:
    ids = sorted(claimed.held())
    query = select(HubSpotAnswer.id, HubSpotAnswer.state, HubSpotAnswer.thread_name).where(HubSpotAnswer.id.in_(ids))
    rows = db.session.execute(query.order_by(HubSpotAnswer.written_at, HubSpotAnswer.id)).all()
    open_states = {AnswerState.RECEIVED, AnswerState.SETTLED}
    claimed.done([row.id for row in rows if row.state not in open_states])
    db.session.commit()
    held_up: set[str] = set()
    for row in rows:
        if row.state == AnswerState.RECEIVED:
            if row.thread_name in held_up or _is_behind(row.id, ids):
                claimed.later([row.id], reason=FETCHING, after=LOOK_AGAIN, counts=False)
            elif not _send(claimed, row.id):
                held_up.add(row.thread_name)
            db.session.commit()
    _tell(claimed, [row.id for row in rows if row.state == AnswerState.SETTLED])


def _is_behind(answer_id: int, in_hand: Sequence[int]) -> bool:
    """Return whether an earlier message of the conversation, which another worker has, is not on its way yet."""
    mine = db.session.get_one(HubSpotAnswer, answer_id)
    place = tuple_(HubSpotAnswer.written_at, HubSpotAnswer.id)
    earlier = select(HubSpotAnswer.id).where(
        HubSpotAnswer.integration_id == mine.integration_id,
        HubSpotAnswer.thread_name == mine.thread_name,
        HubSpotAnswer.state == AnswerState.RECEIVED,
        HubSpotAnswer.id.not_in(in_hand),
        place < tuple_(mine.written_at, mine.id),
    )
    return db.session.scalar(earlier.limit(1)) is not None


def _send(claimed: Claim, answer_id: int) -> bool:
    """Store the sends of one message, or why there are none; False where it has to wait."""
    answer = db.session.get_one(HubSpotAnswer, answer_id, populate_existing=True)
    integration = db.session.get_one(Integration, answer.integration_id)
    try:
        conversation, account = _place(answer)
        who, message = _actor(integration, answer, account), answer.message
        fetched = content.fetch(integration, message)
        sets = content.sets_of(account.id, message, fetched, who)
    except RetryLater as error:
        db.session.rollback()
        claimed.later([answer_id], reason=error.code, after=error.after)
        return False
    except PermanentFailure as error:
        return _refuse(claimed, answer_id, error)
    if not claimed.held([answer_id]):
        return True
    try:
        with db.session.begin_nested():
            _store(claimed, answer_id, conversation.id, account.id, sets, who)
    except Conflict:
        return _refuse(claimed, answer_id, PermanentFailure(UNUSABLE))
    except PermanentFailure as error:
        return _refuse(claimed, answer_id, error)
    queue.after_commit(db.session, "messages.sending.deliver", queue=Queue.SENDING)
    return True


def _refuse(claimed: Claim, answer_id: int, why: PermanentFailure) -> bool:
    if claimed.held([answer_id]):
        answer = db.session.get_one(HubSpotAnswer, answer_id, populate_existing=True)
        _settle(answer, why.code, {name: str(value) for name, value in why.params.items()})
        queue.after_commit(db.session, WAKE, queue=Queue.SENDING)
    return True


def _place(answer: HubSpotAnswer) -> tuple[Conversation, Account]:
    """Return the conversation that the thread stands for, of an account that is connected with this channel."""
    place = parsed(answer.thread_name)
    if place is None:
        raise PermanentFailure(NO_FRIEND)
    account_id, chat_id = place
    mine = HubSpotInbox.integration_id == answer.integration_id, HubSpotInbox.account_id == account_id
    inbox = db.session.scalars(select(HubSpotInbox).where(*mine)).one_or_none()
    if inbox is None or inbox.state != InboxState.CONNECTED:
        raise PermanentFailure(NOT_CONNECTED)
    if chat_id == TEST_CHAT:
        raise PermanentFailure(TEST)
    of_chat = Conversation.account_id == account_id, Conversation.chat_id == chat_id
    conversation = db.session.scalars(select(Conversation).where(*of_chat)).one_or_none()
    if conversation is None:
        raise PermanentFailure(NO_FRIEND)
    return conversation, db.session.get_one(Account, account_id)


def _actor(integration: Integration, answer: HubSpotAnswer, account: Account) -> Actor:
    """Return the person of HubSpot as an actor, who may answer in this account."""
    permissions, accounts = frozenset({str(Permission.CHAT)}), frozenset({account.id})
    label = f"{_name(integration, answer) or 'HubSpot'} (HubSpot)"
    return Actor(ActorKind.INTEGRATION, integration.id, label, permissions, accounts)


def _name(integration: Integration, answer: HubSpotAnswer) -> str:
    """Return what the person is called, by the message, else by asking HubSpot; empty where it does not say."""
    senders = lenient_json.items(answer.message, "senders")
    sender = senders[0] if senders else {}
    told = lenient_json.text(sender, "name")
    who = lenient_json.text(sender, "actorId") or lenient_json.text(answer.message, "createdBy") or ""
    if told or not who.startswith("A-"):
        return told or ""
    try:
        with released():
            return portal.call(integration, inboxes.actor_name(who))
    except (RetryLater, PermanentFailure):
        return ""


def _store(
    claimed: Claim, answer_id: int, conversation_id: int, account_id: int, sets: Sequence[Any], who: Actor
) -> None:
    """Store the sends, and let the person have the conversation from now on."""
    held = owning.hold(conversation_id)
    account = db.session.get_one(Account, account_id)
    try:
        recipient = recipient_of(held)
    except Conflict as error:
        raise PermanentFailure(NO_FRIEND) from error
    owning.take_over(held, actor=who)
    cause = Cause(CauseKind.HUBSPOT_INBOX, str(answer_id))
    sends = [store_send(account, recipient, one, cause=cause, actor=who, is_answer=True) for one in sets]
    send_ids = cast([one.id for one in sends], JSONB)
    claimed.done([answer_id], state=AnswerState.SENDING, send_ids=send_ids)
    # What cannot be sent at all has ended already.
    _settle_when_over(db.session.get_one(HubSpotAnswer, answer_id, populate_existing=True))
    received = update(HubSpotInbox).where(HubSpotInbox.account_id == account_id)
    received = received.where(HubSpotInbox.state == InboxState.CONNECTED).values(last_received_at=database_now())
    db.session.execute(received.execution_options(synchronize_session=False))


def _tell(claimed: Claim, answer_ids: Collection[int]) -> None:
    """Tell HubSpot what came of these, one by one: what one call meets says nothing of the others."""
    for answer_id in answer_ids:
        answer = db.session.get_one(HubSpotAnswer, answer_id, populate_existing=True)
        try:
            _tell_one(answer)
        except RetryLater as error:
            claimed.later([answer_id], reason=error.code, after=error.after)
        except PermanentFailure as error:
            if error.code in portal.OF_PORTAL and now() - answer.received_at < PATIENCE:
                claimed.later([answer_id], reason=error.code, after=PORTAL_WAIT, counts=False)
            else:
                claimed.done([answer_id], state=AnswerState.DONE, done_at=database_now(), reason=error.code)
        else:
            claimed.done([answer_id], state=AnswerState.DONE, done_at=database_now())
        db.session.commit()


def _tell_one(answer: HubSpotAnswer) -> None:
    integration = db.session.get_one(Integration, answer.integration_id)
    error = None
    if answer.problem is not None:
        with in_language(workspace_language()):
            error = error_messages.sentence(answer.problem, answer.problem_values)
    request = channels.settle(answer.channel_id, answer.remote_id, error)
    with released():
        portal.call(integration, request)

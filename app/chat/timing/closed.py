"""Answer friends who write while the account is closed: once in each closed period, and not after a person did."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.chat.recipients import recipient_of
from app.chat.settings.closed_reply import OPENING, next_opening_words, own_values
from app.core.clock import now
from app.core.db import db
from app.core.due.claims import Claim
from app.core.errors import Conflict
from app.core.i18n import zone
from app.line.business_hours.table import is_open, next_opening
from app.line.models import Account
from app.line.queries import business_hours_of
from app.messages.content import message_set
from app.messages.conversations import owning
from app.messages.conversations.models import (
    ChatSettings,
    Conversation,
    ConversationMessage,
    ConversationTimer,
    Owner,
)
from app.messages.sending.additions import Additions
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.delivery import SENDS
from app.messages.sending.operations.sends import store_sends
from app.team.actors import SYSTEM

# The end of a closed period that has none.
NEVER = timedelta(days=3_650)


def say_closed(claim: Claim, conversation_id: int) -> None:
    """Store the reply for a worker, if it is to be said now."""
    held = owning.hold(conversation_id)
    timer = db.session.get_one(ConversationTimer, claim.ids()[0], with_for_update=True, populate_existing=True)
    until = _closed_until(held.account_id, now())
    is_said = until is None or (timer.done_for is not None and timer.done_for > now())
    if until is not None and not is_said and not held.is_spam and not _has_answered(held, until):
        timer.done_for = until
        _store(held)
    claim.done()
    db.session.commit()
    SENDS.wake()


def _closed_until(account_id: int, moment: datetime) -> datetime | None:
    """Return when the closed period ends in which the moment lies; None: the account is open then."""
    table = business_hours_of(account_id)
    if is_open(table, moment, zone()):
        return None
    return next_opening(table, moment, zone()) or moment + NEVER


def _has_answered(conversation: Conversation, until: datetime) -> bool:
    """Return whether a person has answered in the closed period that ends then."""
    answer = select(ConversationMessage.occurred_at).where(ConversationMessage.id == conversation.answered_id)
    at = db.session.scalar(answer) if conversation.answered_id else None
    return at is not None and _closed_until(conversation.account_id, at) == until


def _store(conversation: Conversation) -> None:
    settings = db.session.get(ChatSettings, conversation.account_id, populate_existing=True)
    if settings is None or settings.closed_content is None:
        return
    reference = str(conversation.id)
    # A member who takes the conversation over before it is sent stops it.
    cause = Cause(CauseKind.CLOSED_HOURS, reference, is_automatic_answer=conversation.owner != Owner.PERSON)
    words = next_opening_words(conversation.account_id, now())
    additions = Additions(types=own_values(), values={reference: {OPENING: words}})
    account = db.session.get_one(Account, conversation.account_id)
    content = message_set.read(settings.closed_content)
    try:
        store_sends(account, [(recipient_of(conversation), cause)], content, additions=additions, actor=SYSTEM)
    except Conflict:
        # What cannot be sent any more, such as an attribute that is gone, is said in the settings.
        return

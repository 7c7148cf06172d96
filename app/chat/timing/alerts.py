"""Tell members by e-mail of friends who wait for longer than promised: each wait once, an account's together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from app.chat.models import ConversationMark
from app.chat.queries.people import answering_members
from app.chat.settings.choices import AlertTo
from app.chat.timing.deadlines import Deadlines
from app.chat.timing.emails import tell_waiting
from app.core.clock import now
from app.core.db import db
from app.core.due.claims import Claim
from app.messages.conversations.models import ChatSettings, Conversation, ConversationTimer, TimerKind
from app.team.models import Member

# An account's members get at most one e-mail in this time.
PAUSE = timedelta(minutes=5)
Late = tuple[Conversation, ConversationTimer]


def alert(claim: Claim, conversation_id: int) -> None:
    """Tell of all who wait too long in the account of this conversation, or look again when it could be too long."""
    conversation = db.session.get_one(Conversation, conversation_id, populate_existing=True)
    timer = db.session.get_one(ConversationTimer, claim.ids()[0], populate_existing=True)
    by, settings = _deadline(conversation, timer), _hold_settings(conversation.account_id)
    if by is None or settings is None:
        claim.done()
        return
    ready_at = max(by, settings.alerted_at + PAUSE) if settings.alerted_at else by
    if ready_at > now():
        claim.later(after=ready_at - now(), counts=False)
        return
    _tell_of(settings, _late(settings.account_id))
    claim.done()


def _deadline(conversation: Conversation, timer: ConversationTimer) -> datetime | None:
    """Return by when the friend is to be answered; None where members were told of this wait."""
    is_told = timer.done_for is not None and timer.done_for == conversation.unanswered_since
    return None if is_told else Deadlines.of_account(conversation.account_id).of(conversation)


def _hold_settings(account_id: int) -> ChatSettings | None:
    """Lock the account's settings, so that only one worker tells; None where no one is to be told."""
    query = select(ChatSettings).where(ChatSettings.account_id == account_id, ChatSettings.alerts != AlertTo.NONE)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _late(account_id: int) -> list[Late]:
    """Return who waits too long of those whose time has come, the longest first."""
    due = (
        ConversationTimer.kind == TimerKind.ANSWER,
        ConversationTimer.due_at <= now(),
        Conversation.account_id == account_id,
        Conversation.unanswered_since.is_distinct_from(ConversationTimer.done_for),
    )
    query = select(Conversation, ConversationTimer).join(
        ConversationTimer, ConversationTimer.conversation_id == Conversation.id
    )
    held = query.where(*due).order_by(Conversation.id).with_for_update(of=ConversationTimer)
    deadlines = Deadlines.of_account(account_id)
    found = [(one, timer) for one, timer in db.session.execute(held) if deadlines.is_late(one)]
    return sorted(found, key=lambda one: one[0].unanswered_since or now())


def _tell_of(settings: ChatSettings, late: Sequence[Late]) -> None:
    people = {one.id: one for one in answering_members([settings.account_id])}
    of_member: defaultdict[int, list[Conversation]] = defaultdict(list)
    followers = _followers([one.id for one, _timer in late])
    for conversation, timer in late:
        timer.done_for = conversation.unanswered_since
        for member_id in _told(settings.alerts, conversation, people, followers):
            of_member[member_id].append(conversation)
    for member_id, conversations in of_member.items():
        tell_waiting(people[member_id], settings.account_id, conversations, settings.answer_within or 0)
    settings.alerted_at = now()


def _told(
    alerts: str, conversation: Conversation, people: dict[int, Member], followers: dict[int, set[int]]
) -> Iterable[int]:
    """Return who is told of this one."""
    assignee = conversation.assignee_id
    if alerts == AlertTo.ALL or assignee not in people:
        return people
    return ({assignee} | followers.get(conversation.id, set())) & people.keys()


def _followers(ids: Sequence[int]) -> dict[int, set[int]]:
    mine = ConversationMark.conversation_id.in_(ids), ConversationMark.is_followed
    found: defaultdict[int, set[int]] = defaultdict(set)
    for mark in db.session.scalars(select(ConversationMark).where(*mine)):
        found[mark.conversation_id].add(mark.member_id)
    return found

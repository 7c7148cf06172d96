"""Conversations begin with what the other side says, and say what the team has to do, whatever the order of events."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.db import db
from app.line.events import GroupJoined, GroupMembersLeft, MessageReceived, MessageUnsent, PostbackReceived
from app.line.models import Account, Group
from app.messages.conversations.incoming import forget_unsent, record_received
from app.messages.conversations.models import ChatSettings, Conversation, ConversationMessage, MessageState
from app.messages.conversations.outgoing import Outgoing, SettledOutgoing, record_outgoing, settle_outgoing
from app.team.actors import SYSTEM
from tests.factories import friends as friend_factory
from tests.factories import line as line_factory

WRITER, GROUP = "U" + "a" * 32, "C" + "b" * 32
BEGIN = now().replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def place(app: Any) -> Account:
    return line_factory.account()


def at(minutes: float) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def writes(place: Account, minutes: float, words: str = "Hi", **more: Any) -> None:
    message = {"id": f"1{int(minutes * 10)}", "type": "text", "text": words}
    said = MessageReceived(place.id, at(minutes), int(minutes * 10), line_user_id=WRITER, message=message, **more)
    record_received([said])


def answers(place: Account, minutes: float, state: MessageState = MessageState.SENT, *, by_person: bool = True) -> None:
    number = int(minutes * 10)
    send = Outgoing(number, place.id, WRITER, None, "chat", "1", '[{"type": "text", "text": "Hello"}]', at(minutes))
    record_outgoing([send], actor=SYSTEM, is_answer=by_person)
    settle_outgoing([SettledOutgoing(number, state, at=at(minutes))])


def conversation() -> Conversation:
    return db.session.scalars(db.select(Conversation).execution_options(populate_existing=True)).one()


def test_a_message_begins_one_that_waits_for_an_answer(place: Account) -> None:
    friend = friend_factory.friend(place, line_user_id=WRITER)
    writes(place, 1)
    writes(place, 2)
    begun = conversation()
    assert (begun.kind, begun.friend_id, begun.status, begun.owner) == ("friend", friend.id, "none", "automation")
    assert (begun.unanswered_since, begun.last_message_at) == (at(1), at(2))


def test_what_goes_out_begins_none(place: Account) -> None:
    answers(place, 1)
    assert db.session.query(Conversation).count() == 0


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_it_waits_since_the_first_message_that_came_after_the_last_answer(
    place: Account, order: tuple[int, ...]
) -> None:
    """Also one that was written before it and came late, which no one can have answered."""
    writes(place, 0)
    acts = [
        lambda: writes(place, 1),
        lambda: answers(place, 2),
        lambda: writes(place, 3),
        lambda: answers(place, 4, by_person=False),
    ]
    for number in (*order, 0, 2):
        acts[number]()
    late = [at(minutes) for number, minutes in ((0, 1), (2, 3)) if order.index(number) > order.index(1)]
    assert (conversation().unanswered_since, conversation().last_message_at) == (min(late, default=None), at(4))


@pytest.mark.parametrize(
    ("state", "is_answered"), [(MessageState.SENT, True), (MessageState.UNKNOWN, True), (MessageState.REFUSED, False)]
)
def test_an_answer_counts_when_line_may_have_taken_it(place: Account, state: MessageState, is_answered: bool) -> None:
    writes(place, 1)
    answers(place, 2, state)
    assert (conversation().unanswered_since is None) == is_answered


def test_a_tapped_button_begins_one_and_asks_for_no_answer(place: Account) -> None:
    tapped = PostbackReceived(place.id, at(1), 5, line_user_id=WRITER, data="menu=1", params={})
    for _time in range(2):
        record_received([tapped])
    begun = conversation()
    assert (begun.unanswered_since, begun.last_incoming_id, begun.last_message_at) == (None, None, at(1))
    line = db.session.scalars(db.select(ConversationMessage)).one()
    assert (line.type, line.content, line.direction) == ("postback", {"data": "menu=1", "params": {}}, "in")


@pytest.mark.parametrize("becomes", ["to_do", "none", "done"])
def test_a_new_message_opens_what_was_done(place: Account, becomes: str) -> None:
    db.session.add(ChatSettings(account_id=place.id, status_on_message=becomes))
    writes(place, 1)
    conversation().status = "done"
    db.session.flush()
    writes(place, 1)
    assert conversation().status == "done"
    writes(place, 2)
    assert conversation().status == becomes


def test_what_happens_in_a_group_is_told_in_its_conversation(place: Account) -> None:
    group = Group(account_id=place.id, line_group_id=GROUP, kind="group", is_joined=True, membership_changed_at=at(0))
    db.session.add(group)
    db.session.flush()
    record_received([GroupJoined(place.id, at(0), 1, group_id=GROUP)])
    assert db.session.query(Conversation).count() == 0
    writes(place, 1, group_id=GROUP)
    record_received([GroupMembersLeft(place.id, at(2), 3, group_id=GROUP, line_user_ids=(WRITER,))])
    begun = conversation()
    assert (begun.kind, begun.group_id, begun.friend_id) == ("group", group.id, None)
    assert (begun.last_message_at, begun.unanswered_since) == (at(2), at(1))
    lines = db.session.scalars(db.select(ConversationMessage).order_by(ConversationMessage.occurred_at)).all()
    assert [(line.direction, line.type) for line in lines] == [
        ("event", "joined"),
        ("in", "text"),
        ("event", "members_left"),
    ]


def test_every_change_of_a_line_is_a_change_of_its_conversation(place: Account) -> None:
    def is_changed() -> bool:
        """Return whether the row tells of this transaction, and begin the next one."""
        mine = db.session.scalar(text("SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)"))
        answer = conversation().changed_in == mine
        db.session.commit()
        return answer

    writes(place, 1)
    assert is_changed()
    db.session.execute(text("SELECT pg_current_xact_id()"))
    assert not is_changed()
    answers(place, 2)
    assert is_changed()
    forget_unsent(MessageUnsent(place.id, at(3), 9, line_user_id=WRITER, message_id="110"))
    assert is_changed()


def test_what_is_filled_in_from_earlier_times_waits_for_no_answer(place: Account) -> None:
    message = {"id": "100", "type": "text", "text": "Long ago"}
    said = MessageReceived(place.id, at(1), 1, line_user_id=WRITER, message=message)
    record_received([said], is_history=True)
    begun = conversation()
    assert (begun.unanswered_since, begun.last_incoming_id, begun.last_message_at) == (None, None, at(1))

"""No one waits for an answer that cannot be given: no friend who blocked the account, no group that it has left."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from app.core.clock import now
from app.core.db import db
from app.core.events import announce
from app.friends.operations.follow_status import record_follow, record_unfollow
from app.line.events import GroupJoined, GroupLeft, MessageReceived
from app.line.models import Account
from app.line.operations import groups
from app.messages.conversations.incoming import record_received
from app.messages.conversations.models import Conversation, MessageState
from app.messages.conversations.outgoing import Outgoing, SettledOutgoing, record_outgoing, settle_outgoing
from app.team.actors import SYSTEM
from tests.factories import friends as friend_factory
from tests.factories import line as line_factory

WRITER, GROUP = "U" + "a" * 32, "C" + "b" * 32
BEGIN = now().replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def place(app: Any) -> Account:
    return line_factory.account()


def at(minutes: int) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def writes(place: Account, minutes: int, group: str | None = None) -> None:
    message = {"id": f"1{minutes}", "type": "text", "text": "Hi"}
    said = MessageReceived(place.id, at(minutes), minutes, line_user_id=WRITER, group_id=group, message=message)
    record_received([said])


def waits_since() -> datetime | None:
    query = db.select(Conversation).execution_options(populate_existing=True)
    return db.session.scalars(query).one().unanswered_since


def joins(place: Account, minutes: int) -> None:
    event = GroupJoined(place.id, at(minutes), minutes, group_id=GROUP)
    groups.join(event)
    announce(event)


def leaves(place: Account, minutes: int) -> None:
    event = GroupLeft(place.id, at(minutes), minutes, group_id=GROUP)
    groups.leave(event)
    announce(event)


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_who_blocks_the_account_waits_no_more(place: Account, order: tuple[int, ...]) -> None:
    friend_factory.friend(place, line_user_id=WRITER)
    acts = [lambda: writes(place, 1), lambda: record_unfollow(place.id, WRITER, at(2))]
    for number in order:
        acts[number]()
    assert waits_since() is None


def test_who_is_back_waits_again_unless_an_answer_came_after_the_last_message(place: Account) -> None:
    friend_factory.friend(place, line_user_id=WRITER)
    writes(place, 1)
    writes(place, 2)
    record_unfollow(place.id, WRITER, at(3))
    record_follow(place.id, WRITER, at(4), is_unblocked=True)
    assert waits_since() == at(2)
    send = Outgoing(9, place.id, WRITER, None, "chat", "1", '[{"type": "text", "text": "Hello"}]', at(5))
    record_outgoing([send], actor=SYSTEM, is_answer=True)
    settle_outgoing([SettledOutgoing(9, MessageState.SENT, at=at(5))])
    record_unfollow(place.id, WRITER, at(6))
    record_follow(place.id, WRITER, at(7), is_unblocked=True)
    assert waits_since() is None


def test_a_message_that_is_newer_than_the_block_waits(place: Account) -> None:
    """As one that LINE tells before it tells that the block was taken back."""
    friend_factory.friend(place, line_user_id=WRITER)
    record_unfollow(place.id, WRITER, at(1))
    writes(place, 2)
    assert waits_since() == at(2)


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_a_group_that_the_account_leaves_waits_no_more_and_again_when_it_is_back(
    place: Account, order: tuple[int, ...]
) -> None:
    joins(place, 1)
    acts = [lambda: writes(place, 2, GROUP), lambda: leaves(place, 3)]
    for number in order:
        acts[number]()
    assert waits_since() is None
    joins(place, 4)
    assert waits_since() == at(2)

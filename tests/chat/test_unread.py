"""What a member has not read, also when much was read since they came."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import text

from app.chat.models import ChatMember, ConversationMark
from app.chat.timing import settling
from app.core.db import db
from app.friends.models import Friend
from app.line.models import Account
from app.messages.conversations.models import Conversation
from tests.chat.saying import wrote
from tests.conftest import signed_in
from tests.factories import line as line_factory
from tests.factories.team import member
from tests.support.client import CheckingClient

BADGE = re.compile(r"data-chat-unread[^>]*>(\d*)<")


@pytest.fixture
def cafe(app: Flask) -> Account:
    return line_factory.account(name="Cafe")


@pytest.fixture
def carol(app: Flask) -> CheckingClient:
    client = signed_in(app, member(name="Carol", permissions=["chat", "friends"]))
    client.get("/chat")
    return client


def unread(client: CheckingClient) -> tuple[int, set[int]]:
    """Return the number in the menu, and the conversations that the filter shows."""
    page = client.get("/chat?show=unread").text
    badge = BADGE.search(page)
    return int((badge and badge[1]) or 0), {int(one) for one in re.findall(r'id="chat-row-(\d+)"', page)}


def an_hour_later() -> None:
    """Let the line follow what was read."""
    db.session.execute(text("UPDATE chat_members SET settles_at = settles_at - interval '1 hour'"))
    db.session.commit()
    settling.settle_all()


def last_message(talk: Conversation) -> int:
    db.session.expire_all()
    return db.session.get_one(Conversation, talk.id).last_incoming_id or 0


def test_making_one_unread_leaves_others_read_that_were_never_opened(app: Flask, cafe: Account) -> None:
    first, second = wrote(cafe, "First"), wrote(cafe, "Second")
    late = signed_in(app, member(name="Late", email="late@example.com", permissions=["chat", "friends"]))
    assert unread(late) == (0, set())
    late.post(f"/chat/{first.id}/unread", data={"message": last_message(first)})
    assert unread(late) == (1, {first.id})
    late.get(f"/chat/{first.id}")
    assert unread(late) == (0, set())
    assert second.id > first.id


def test_the_line_follows_what_is_read_and_nothing_becomes_read_by_it(cafe: Account, carol: CheckingClient) -> None:
    read, skipped, begun = wrote(cafe, "Read"), wrote(cafe, "Skipped"), wrote(cafe, "Begun")
    for talk in (read, begun):
        carol.get(f"/chat/{talk.id}")
    wrote(cafe, "More", db.session.get_one(Friend, begun.friend_id))
    settling.settle_all()
    before = unread(carol)
    an_hour_later()
    line = db.session.scalars(db.select(ChatMember.read_up_to_id)).one()
    assert line >= last_message(begun)
    assert unread(carol) == before == (2, {skipped.id, begun.id})
    carol.get(f"/chat/{skipped.id}")
    assert unread(carol) == (1, {begun.id})
    wrote(cafe, "Again", db.session.get_one(Friend, read.friend_id))
    assert unread(carol) == (2, {begun.id, read.id})


def test_the_line_waits_for_messages_that_are_on_their_way(cafe: Account, carol: CheckingClient) -> None:
    wrote(cafe, "First")
    settling.settle_all()
    settling.settle_all()
    assert db.session.scalars(db.select(ChatMember.read_up_to_id)).one() == 0


def test_the_line_moves_as_far_as_it_can_at_a_time(
    cafe: Account, carol: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    talks = [wrote(cafe, f"Number {number}") for number in range(3)]
    monkeypatch.setattr(settling, "MOST", 2)
    settling.settle_all()
    an_hour_later()
    assert db.session.scalars(db.select(ChatMember.read_up_to_id)).one() == last_message(talks[1])
    assert unread(carol)[0] == 3
    an_hour_later()
    assert unread(carol) == (3, {one.id for one in talks})
    assert len(db.session.scalars(db.select(ConversationMark).where(ConversationMark.is_behind)).all()) == 3

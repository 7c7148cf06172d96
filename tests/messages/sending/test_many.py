"""Sending to many at once: stored in sets, in order within each chat, and each arrives once whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from app.core.clock import now
from app.core.db import db
from app.friends.models import Friend
from app.line.gateway.async_client import AsyncLineClient
from app.media.models import MediaReference
from app.messages.content.kinds.plain import ImageMessage
from app.messages.content.message_set import MessageSet
from app.messages.conversations.models import ConversationMessage
from app.messages.sending import delivery
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.delivery import deliver_due, deliver_many
from app.messages.sending.events import SendsSettled
from app.messages.sending.frequency import change_cap, over_cap, reached_often
from app.messages.sending.models import MessageSend, ReplyToken, SendState, Via
from app.messages.sending.operations import settling
from app.messages.sending.operations.sends import StoredSend, store_sends
from app.messages.sending.recipients import Recipient
from app.messages.tracking.models import TrackedLink, TrackedSend
from app.team.actors import SYSTEM
from tests.factories.media import media_file
from tests.messages.sending.conftest import CHAT, Killed, Shop, outgoing, texts

PEOPLE = 12


def step(reference: object) -> Cause:
    return Cause(CauseKind.WORKFLOW, f"run-{reference}", part_of="flow-1")


@pytest.fixture
def people(shop: Shop, hana: str) -> list[Friend]:
    """Friends of whom no reply token is left."""
    ids = [hana, *(shop.person() for _ in range(PEOPLE - 1))]
    found = [shop.friend(one) for one in ids]
    db.session.execute(db.text("DELETE FROM reply_tokens"))
    db.session.commit()
    return found


def store(shop: Shop, people: list[Friend], content: MessageSet, first: int = 0) -> list[StoredSend]:
    chosen = [(Recipient.of_friend(one), step(first + number)) for number, one in enumerate(people)]
    stored = store_sends(shop.account, chosen, content, actor=SYSTEM)
    db.session.commit()
    return stored


def ids_of(stored: list[StoredSend]) -> list[int]:
    return [one.id for one in stored]


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(MessageSend.state).order_by(MessageSend.id)))


def make_due() -> None:
    waiting = update(MessageSend).where(MessageSend.state == SendState.WAITING)
    db.session.execute(waiting.values(due_at=now() - timedelta(seconds=1), leased_until=None))
    db.session.commit()


def count_statements(act: Callable[[], object]) -> int:
    ran: list[str] = []
    listener = lambda *given: ran.append(given[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    act()
    event.remove(db.engine, "before_cursor_execute", listener)
    return len(ran)


def arrived(shop: Shop) -> list[str]:
    return [entry["messages"][0]["text"] for entry in shop.log()]


def test_each_gets_their_own_words_in_the_order_of_the_people(shop: Shop, people: list[Friend]) -> None:
    for number, one in enumerate(people):
        db.session.execute(update(Friend).where(Friend.id == one.id).values(display_name=f"Name {number}"))
    stored = store(shop, people, texts("Hello {{display_name|you}}", "Bye"))
    assert [one.cause_id for one in stored] == [f"run-{number}" for number in range(PEOPLE)]
    assert ids_of(stored) == sorted(ids_of(stored)) and {one.state for one in stored} == {SendState.WAITING}
    deliver_many(ids_of(stored))
    assert states() == [SendState.SENT] * PEOPLE
    expected = {one.line_user_id: f"Name {number}" for number, one in enumerate(people)}
    assert {entry["to"][0]["id"]: entry["messages"][0]["text"] for entry in shop.log()} == {
        user_id: f"Hello {name}" for user_id, name in expected.items()
    }
    assert sorted(str(row.line_message_id) for row in outgoing()) == shop.logged_ids()
    assert {(row.state, row.author_kind, row.cause_kind) for row in outgoing()} == {("sent", "system", "workflow")}
    assert [row.position for row in outgoing()] == [0, 1] * PEOPLE


def test_a_step_is_stored_once_however_often_it_is_done(shop: Shop, people: list[Friend]) -> None:
    first = store(shop, people[:3], texts("Hello"))
    deliver_many(ids_of(first))
    again = store(shop, people[:4], texts("Hello"))
    assert ids_of(again)[:3] == ids_of(first) and again[0].state == SendState.SENT
    deliver_many(ids_of(again))
    assert len(shop.log()) == 4 and len(outgoing()) == 4


def test_the_same_step_twice_in_one_set_is_one_send(shop: Shop, people: list[Friend]) -> None:
    twice = [(Recipient.of_friend(people[0]), step(1))] * 2
    first, second = store_sends(shop.account, twice, texts("Hello"), actor=SYSTEM)
    assert first == second


def test_one_whose_address_grows_too_long_is_refused_and_the_others_go_on(shop: Shop, people: list[Friend]) -> None:
    two = people[:2]
    db.session.execute(update(Friend).where(Friend.id == two[0].id).values(display_name="あ" * 120))
    stored = store(shop, two, texts("https://shop.example/{{display_name|x}}?" + "a" * 600))
    assert [(one.state, one.reason) for one in stored] == [
        (SendState.REFUSED, "messages.too_long"),
        (SendState.WAITING, None),
    ]
    deliver_many(ids_of(stored))
    assert states() == [SendState.REFUSED, SendState.SENT] and len(shop.log()) == 1


def test_links_of_all_belong_to_one_tracked_send_and_each_has_their_own(shop: Shop, people: list[Friend]) -> None:
    stored = store(shop, people, texts("See https://shop.example/spring"))
    tracked = db.session.scalars(select(TrackedSend)).one()
    assert (tracked.cause_kind, tracked.cause_id, tracked.accepted_at) == ("workflow", "flow-1", None)
    links = list(db.session.scalars(select(TrackedLink)))
    assert {link.friend_id for link in links} == {one.id for one in people}
    deliver_many(ids_of(stored))
    for entry in shop.log():
        (code,) = [one.code for one in links if one.code in entry["messages"][0]["text"]]
        (owner,) = [one for one in people if one.line_user_id == entry["to"][0]["id"]]
        assert next(one.friend_id for one in links if one.code == code) == owner.id
    db.session.rollback()
    assert db.session.scalars(select(TrackedSend.accepted_at)).one() is not None


def test_files_are_kept_for_each_send(shop: Shop, people: list[Friend]) -> None:
    file = media_file(shop.account.id)
    stored = store(shop, people, MessageSet((ImageMessage(file_id=file.id),)))
    owners = select(MediaReference.owner_id).where(MediaReference.owner_kind == "message_send")
    assert set(db.session.scalars(owners)) == set(ids_of(stored))


def test_the_number_of_statements_does_not_grow_with_the_people(shop: Shop, people: list[Friend]) -> None:
    content = texts("Hello {{display_name|you}} https://shop.example/")
    two, all_ = list[StoredSend](), list[StoredSend]()
    chosen = [(Recipient.of_friend(one), step(number)) for number, one in enumerate(people)]
    some, others, account = chosen[:2], chosen[2:], shop.account
    assert account.id
    storing = count_statements(lambda: two.extend(store_sends(account, some, content, actor=SYSTEM)))
    assert count_statements(lambda: all_.extend(store_sends(account, others, content, actor=SYSTEM))) == storing
    db.session.commit()
    # One turn may follow another while answers come.
    few = count_statements(lambda: deliver_many(ids_of(two)))
    assert count_statements(lambda: deliver_many(ids_of(all_))) <= 2 * few


def test_sends_of_one_chat_go_in_order_and_one_has_the_token(shop: Shop, people: list[Friend]) -> None:
    friend = people[0]
    shop.say(friend.line_user_id, "Hello")
    stored = [one for number in range(5) for one in store(shop, [friend], texts(f"{number}"), first=number)]
    deliver_many(ids_of(stored)[::-1])
    assert arrived(shop) == ["0", "1", "2", "3", "4"]
    assert [entry["endpoint"] for entry in shop.log()] == ["reply"] + ["push"] * 4


def test_what_is_behind_a_send_that_waits_waits_as_well(shop: Shop, people: list[Friend]) -> None:
    shop.fault("status", "push", status=429, message="Too many messages for this user")
    stored = [one for number in range(3) for one in store(shop, people[:1], texts(f"{number}"), first=number)]
    deliver_many(ids_of(stored))
    assert states() == [SendState.WAITING] * 3 and arrived(shop) == []
    tries = db.session.scalars(select(MessageSend.attempts).order_by(MessageSend.id)).all()
    assert tries == [1, 0, 0]
    make_due()
    deliver_due()
    assert arrived(shop) == ["0", "1", "2"] and states() == [SendState.SENT] * 3


def test_a_send_waits_for_an_earlier_one_that_another_worker_has(shop: Shop, people: list[Friend]) -> None:
    first, second = (one for number in range(2) for one in store(shop, people[:1], texts(f"{number}"), first=number))
    db.session.execute(
        update(MessageSend).where(MessageSend.id == first.id).values(leased_until=now() + timedelta(minutes=1))
    )
    db.session.commit()
    deliver_many([second.id])
    assert arrived(shop) == [] and states() == [SendState.WAITING] * 2
    make_due()
    deliver_due()
    assert arrived(shop) == ["0", "1"]


def test_a_message_of_the_team_does_not_wait_for_a_workflow(shop: Shop, people: list[Friend]) -> None:
    shop.fault("status", "push", status=500)
    deliver_many(ids_of(store(shop, people[:1], texts("workflow"))))
    shop.send(people[0].line_user_id, "team", cause=CHAT)
    assert arrived(shop) == ["team"]


def test_pushes_of_which_no_answer_came_are_repeated_and_arrive_once(shop: Shop, people: list[Friend]) -> None:
    shop.fault("lost", "push", 5)
    deliver_many(ids_of(store(shop, people, texts("Hello"))))
    assert sorted(states()) == [SendState.SENT] * (PEOPLE - 5) + [SendState.WAITING] * 5
    make_due()
    deliver_due()
    assert states() == [SendState.SENT] * PEOPLE and len(shop.log()) == PEOPLE
    assert sorted(str(row.line_message_id) for row in outgoing()) == shop.logged_ids()


def test_replies_of_which_no_answer_came_are_unknown(shop: Shop, people: list[Friend]) -> None:
    for one in people:
        shop.say(one.line_user_id, "Hello")
    shop.fault("lost", "reply", 4)
    deliver_many(ids_of(store(shop, people, texts("Hi"))))
    assert sorted(states()) == [SendState.SENT] * (PEOPLE - 4) + [SendState.UNKNOWN] * 4
    assert {entry["endpoint"] for entry in shop.log()} == {"reply"}


def test_tokens_that_line_refuses_give_way_to_pushes(shop: Shop, people: list[Friend]) -> None:
    for one in people:
        shop.say(one.line_user_id, "Hello")
    shop.line.advance(70)
    deliver_many(ids_of(store(shop, people, texts("Hi"))))
    assert states() == [SendState.SENT] * PEOPLE
    assert [entry["endpoint"] for entry in shop.log()] == ["push"] * PEOPLE


def test_a_reply_that_line_has_not_taken_keeps_its_token(shop: Shop, people: list[Friend]) -> None:
    for one in people[:3]:
        shop.say(one.line_user_id, "Hello")
    shop.fault("status", "reply", 3, status=429)
    deliver_many(ids_of(store(shop, people[:3], texts("Hi"))))
    free = select(func.count()).select_from(ReplyToken).where(ReplyToken.send_id.is_(None))
    assert db.session.scalar(free) == 3
    make_due()
    deliver_due()
    assert [entry["endpoint"] for entry in shop.log()] == ["reply"] * 3


@pytest.mark.parametrize("is_before", [True, False])
def test_a_worker_killed_among_many_leaves_none_lost_and_none_twice(
    shop: Shop, people: list[Friend], monkeypatch: pytest.MonkeyPatch, is_before: bool
) -> None:
    for one in people[:4]:
        shop.say(one.line_user_id, "Hello")
    stored, post, calls = store(shop, people, texts("Hi")), AsyncLineClient.post, list[Any]()

    async def die_at_the_sixth(*given: Any, **named: Any) -> Any:
        calls.append(given)
        if is_before and len(calls) == 6:
            raise Killed
        outcome = await post(*given, **named)
        if not is_before and len(calls) >= 6:
            raise Killed
        return outcome

    with monkeypatch.context() as patched:
        patched.setattr(AsyncLineClient, "post", die_at_the_sixth)
        with pytest.raises(Killed):
            deliver_many(ids_of(stored))
    db.session.rollback()
    make_due()
    deliver_due()
    db.session.rollback()
    sends = list(db.session.scalars(select(MessageSend)))
    assert {one.state for one in sends if one.via == Via.PUSH} == {SendState.SENT}
    assert {one.state for one in sends if one.via == Via.REPLY} <= {SendState.SENT, SendState.UNKNOWN}
    to = [entry["to"][0]["id"] for entry in shop.log()]
    assert len(to) == len(set(to))
    assert {one.chat_id for one in sends if one.state == SendState.SENT} <= set(to)


def test_people_whom_nothing_reaches_are_refused_beside_the_others(shop: Shop, people: list[Friend]) -> None:
    for number, status in enumerate(("blocked", "stranger")):
        db.session.execute(
            update(Friend).where(Friend.id == people[number].id).values(follow_status=status, last_message_at=None)
        )
    shop.say(people[2].line_user_id, "Hello")
    mine = ConversationMessage.chat_id == people[2].line_user_id
    db.session.execute(update(ConversationMessage).where(mine).values(is_standby=True))
    deliver_many(ids_of(store(shop, people[:4], texts("Hi"))))
    db.session.rollback()
    reasons = db.session.scalars(select(MessageSend.reason).order_by(MessageSend.id)).all()
    assert reasons == ["messages.blocked", "messages.stranger", "messages.standby", None]
    assert [row.state for row in outgoing()] == ["refused"] * 3 + ["sent"]


def test_more_than_are_in_hand_at_once_all_arrive(
    shop: Shop, people: list[Friend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "IN_HAND", 3)
    deliver_many(ids_of(store(shop, people, texts("Hi"))))
    assert states() == [SendState.SENT] * PEOPLE and len(shop.log()) == PEOPLE


def test_a_batch_that_takes_too_long_leaves_the_rest_to_others(
    shop: Shop, people: list[Friend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "BATCH_SECONDS", -1.0)
    stored = store(shop, people, texts("Hi"))
    deliver_many(ids_of(stored))
    db.session.rollback()
    rows = db.session.execute(select(MessageSend.attempts, MessageSend.leased_until)).all()
    assert {tuple(row) for row in rows} == {(0, None)} and shop.log() == []


def test_what_became_of_sends_is_announced_with_their_causes(
    shop: Shop, people: list[Friend], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[SendsSettled] = []
    monkeypatch.setattr(settling, "announce", told.append)
    db.session.execute(update(Friend).where(Friend.id == people[0].id).values(follow_status="blocked"))
    stored = store(shop, people[:3], texts("Hi"))
    deliver_many(ids_of(stored))
    assert sorted(one for event in told for one in event.sends) == [
        (stored[0].id, "workflow", "run-0", SendState.REFUSED),
        (stored[1].id, "workflow", "run-1", SendState.SENT),
        (stored[2].id, "workflow", "run-2", SendState.SENT),
    ]


def test_pushes_of_workflows_count_for_the_frequency_and_replies_and_chat_do_not(
    shop: Shop, people: list[Friend]
) -> None:
    pushed, replied, chatted = people[:3]
    shop.say(replied.line_user_id, "Hello")
    deliver_many(ids_of(store(shop, [pushed, replied], texts("Hi"))))
    shop.send(chatted.line_user_id, "Hi", cause=CHAT)
    ids = [one.id for one in people[:3]]
    assert list(db.session.scalars(reached_often(shop.account.id, 1, 7))) == [pushed.id]
    assert list(db.session.scalars(reached_often(shop.account.id, 1, 7, friend_ids=ids[1:]))) == []
    assert over_cap(shop.account.id, ids) == set()
    change_cap(shop.account.id, 1, 7, actor=SYSTEM)
    assert over_cap(shop.account.id, ids) == {pushed.id}

"""What happens to conversations by themselves, as an account's settings say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.chat.timing.keeping import keep_time
from app.chat.timing.loading import show_loading
from app.core.db import db
from app.core.mail.models import OutgoingMail
from app.core.queue import broker
from app.line.models import Account
from app.messages.conversations.models import Conversation
from tests.chat.conftest import answer, the_conversation
from tests.chat.desk import choose, close, keep_time_and_deliver, open_always, pass_time
from tests.chat.saying import seen, since
from tests.conftest import signed_in
from tests.factories.team import member
from tests.messages.sending.conftest import Shop, outgoing
from tests.support.client import CheckingClient

CLOSED = {"version": 1, "messages": [{"kind": "text", "text": "Closed until {{next_opening|soon}}."}]}


def mails() -> list[OutgoingMail]:
    db.session.rollback()
    return list(db.session.scalars(db.select(OutgoingMail).order_by(OutgoingMail.id)))


def said(shop: Shop) -> list[str]:
    return [one["messages"][0]["text"] for one in shop.log()]


def test_an_idle_conversation_is_given_back_and_the_thread_says_so(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    choose(shop.account.id, release_after=2)
    answer(as_carol, talk, "A person here.")
    pass_time(talk, timedelta(hours=1))
    assert the_conversation().owner == "person"
    pass_time(talk, timedelta(hours=1, minutes=1))
    assert the_conversation().owner == "automation"
    assert "Given back to automation after 2 idle hours" in as_carol.get(f"/chat/{talk.id}").text


def test_what_is_said_keeps_it_with_the_person(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    choose(shop.account.id, release_after=2)
    answer(as_carol, talk, "A person here.")
    pass_time(talk, timedelta(hours=1, minutes=50))
    shop.say(hana, "Thank you")
    pass_time(talk, timedelta(minutes=20))
    assert the_conversation().owner == "person"


def test_a_closed_account_says_so_once_in_each_closed_period(shop: Shop, hana: str, talk: Conversation) -> None:
    choose(shop.account.id, closed_content=CLOSED)
    opens = close(shop.account.id)
    for words in ("Hello?", "Anyone?"):
        shop.say(hana, words)
        keep_time_and_deliver()
    (reply,) = said(shop)
    assert reply.startswith("Closed until ") and str(opens.day) in reply and "10:00" in reply
    assert shop.log()[0]["endpoint"] == "reply"
    # The next closed period.
    pass_time(talk, timedelta(days=8))
    shop.say(hana, "And now?")
    keep_time_and_deliver()
    assert len(said(shop)) == 2
    assert the_conversation().unanswered_since is not None


@pytest.mark.parametrize("why", ["open", "spam", "answered", "nothing"])
def test_nothing_is_said_of_closed_hours_where_it_would_be_wrong(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient, why: str
) -> None:
    choose(shop.account.id, closed_content=None if why == "nothing" else CLOSED)
    (open_always if why == "open" else close)(shop.account.id)
    if why == "spam":
        as_carol.post(f"/chat/{talk.id}/spam", data={"spam": "1"})
    if why == "answered":
        answer(as_carol, talk, "I am still here.")
    shop.say(hana, "Hello?")
    keep_time_and_deliver()
    assert said(shop) == (["I am still here."] if why == "answered" else [])


def test_a_member_who_takes_over_first_stops_the_reply(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    choose(shop.account.id, closed_content=CLOSED)
    close(shop.account.id)
    shop.say(hana, "Hello?")
    keep_time()
    answer(as_carol, talk, "I am still here.")
    assert said(shop) == ["I am still here."]
    assert {(one.state, one.cause_kind) for one in outgoing()} == {("sent", "chat"), ("refused", "closed_hours")}


def test_members_are_told_once_of_who_waits_too_long(
    shop: Shop, hana: str, talk: Conversation, app: Flask, as_carol: CheckingClient
) -> None:
    choose(shop.account.id, answer_within=30, alerts="charge")
    shop.say(hana, "Hello?")
    pass_time(talk, timedelta(minutes=29))
    assert mails() == [] and "bg-red" not in as_carol.get("/chat").text
    pass_time(talk, timedelta(minutes=2))
    told = mails()
    assert {one.recipient for one in told} >= {"carol@example.com"}
    assert f"/chat/{talk.id}" in told[0].body and "Hello?" not in told[0].body
    assert "bg-red" in as_carol.get("/chat").text
    pass_time(talk, timedelta(hours=3))
    assert len(mails()) == len(told)


def test_the_assignee_and_followers_are_told_alone(
    shop: Shop, hana: str, talk: Conversation, app: Flask, as_carol: CheckingClient
) -> None:
    choose(shop.account.id, answer_within=30, alerts="charge")
    dora = member(name="Dora", email="dora@example.com", permissions=["chat"])
    as_carol.post(f"/chat/{talk.id}/assignee", data={"assignee": str(dora.id)})
    as_carol.post(f"/chat/{talk.id}/mark", data={"mark": "is_followed", "is_set": "1"})
    member(name="Eve", email="eve@example.com", permissions=["chat"])
    shop.say(hana, "Hello?")
    pass_time(talk, timedelta(hours=1))
    assert sorted(one.recipient for one in mails()) == ["carol@example.com", "dora@example.com"]


@pytest.mark.parametrize("why", ["answered", "spam", "closed"])
def test_no_one_is_told_where_no_one_waits(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient, why: str
) -> None:
    choose(shop.account.id, answer_within=30, alerts="all")
    if why == "closed":
        close(shop.account.id)
    shop.say(hana, "Hello?")
    if why == "answered":
        answer(as_carol, talk, "Yes?")
    if why == "spam":
        as_carol.post(f"/chat/{talk.id}/spam", data={"spam": "1"})
    pass_time(talk, timedelta(hours=1))
    assert mails() == []


def on_phone(shop: Shop, hana: str) -> dict[str, Any]:
    return dict(shop.line.api("GET", f"/channels/{shop.id}/friends/{hana}/chat"))


def written(shop: Shop, hana: str) -> dict[str, Any]:
    """Return what the friend wrote, as the phone has it."""
    return next(one for one in on_phone(shop, hana)["entries"] if one["kind"] == "message" and one["from"] == "friend")


@pytest.fixture
def woken(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Actors that the page has woken by itself."""
    found: list[str] = []
    broker.client.delete(f"tomoru:chat:loading:{talk.id}")
    monkeypatch.setattr("app.chat.presence.wake", lambda name, *_ids, **_options: found.append(name))
    return found


def test_the_friend_sees_that_someone_writes_where_the_account_wants_it(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    show_loading(talk.id)
    assert on_phone(shop, hana)["loading_until"] is None
    choose(shop.account.id, loading_seconds=15)
    show_loading(talk.id)
    assert on_phone(shop, hana)["loading_until"] > 0


@pytest.mark.parametrize(("seconds", "kind", "started"), [(15, "friend", 1), (0, "friend", 0), (15, "group", 0)])
def test_the_animation_is_started_once_for_as_long_as_it_lasts(
    shop: Shop, talk: Conversation, as_carol: CheckingClient, woken: list[str], seconds: int, kind: str, started: int
) -> None:
    choose(shop.account.id, loading_seconds=seconds)
    db.session.execute(db.text("UPDATE conversations SET kind = :kind"), {"kind": kind})
    db.session.commit()
    for _time in range(2):
        assert as_carol.post(f"/chat/{talk.id}/writing").status_code == 204
    assert woken.count("chat.timing.show_loading") == started


@pytest.mark.parametrize("when", ["open", "answer", "hand"])
def test_line_is_told_that_messages_are_read(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient, when: str
) -> None:
    choose(shop.account.id, marks_read=when)
    db.session.get_one(Account, shop.account.id).chat_mode = "chat"
    db.session.commit()
    assert not written(shop, hana)["read"]
    page = as_carol.get(f"/chat/{talk.id}").text
    keep_time_and_deliver()
    assert "Mark as read on LINE" in page and written(shop, hana)["read"] == (when == "open")
    if when == "answer":
        answer(as_carol, talk, "Yes.")
        keep_time_and_deliver()
    if when == "hand":
        as_carol.post(f"/chat/{talk.id}/read-at-line")
    assert written(shop, hana)["read"]
    assert the_conversation().read_at_line_id == talk.last_incoming_id
    assert "The friend sees the messages as read." in as_carol.get(f"/chat/{talk.id}").text


def test_where_the_chat_is_off_line_does_it_by_itself(shop: Shop, talk: Conversation, as_carol: CheckingClient) -> None:
    choose(shop.account.id, marks_read="open")
    db.session.get_one(Account, shop.account.id).chat_mode = "bot"
    db.session.commit()
    page = as_carol.get(f"/chat/{talk.id}").text
    assert "LINE marks messages as read by itself" in page and "Mark as read on LINE" not in page
    keep_time_and_deliver()
    assert the_conversation().read_at_line_id is None


def test_colleagues_see_who_is_writing_until_it_is_sent(
    shop: Shop, talk: Conversation, as_carol: CheckingClient, app: Flask
) -> None:
    dora = signed_in(app, member(name="Dora", email="dora@example.com", permissions=["chat"]))
    # A page knows what it was told last, also while the transaction of another test stays open.
    page = dora.get(f"/chat/{talk.id}").text
    feed = f"/chat/changes?since={since(page)}&open={talk.id}&seen={seen(page)}"
    as_carol.post(f"/chat/{talk.id}/writing")
    assert "Carol is writing" in dora.get(feed).text
    assert dora.get(f"{feed}&writing=Carol is writing …").status_code == 304
    assert as_carol.get(feed).status_code == 304
    answer(as_carol, talk, "Yes.")
    assert "Carol is writing" not in dora.get(f"{feed}&writing=Carol is writing …").text

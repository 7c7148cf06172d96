"""Sending to one recipient: the way, the states with their sentences, and what the conversation says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core import error_messages
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.friends.models import Friend
from app.friends.queries.timeline import timeline_page
from app.friends.timeline import Line
from app.line.gateway import outcomes
from app.line.gateway.async_client import AsyncLineClient
from app.line.models import Account, AccountState
from app.line.operations import processing
from app.line.texts import EmojiInText, Sticker
from app.media.queries import is_used
from app.messages.content.kinds.plain import ImageMessage, StickerMessage
from app.messages.content.message_set import MessageSet
from app.messages.conversations.models import ConversationMessage
from app.messages.sending import delivery
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.models import MessageSend, ReplyToken, SendState, Via
from app.messages.sending.operations.sends import send, store_send
from app.messages.sending.recipients import Recipient
from app.team.actors import SYSTEM
from tests.factories.media import media_file
from tests.messages.sending.conftest import CHAT, Killed, Shop, incoming, outgoing, texts


def make_due() -> None:
    db.session.execute(update(MessageSend).values(due_at=now() - timedelta(seconds=1), leased_until=None))
    db.session.commit()


def test_a_push_stands_in_the_conversation_with_lines_ids(shop: Shop, hana: str) -> None:
    sent = shop.send(hana, "Hello", "again")
    (entry,) = shop.log()
    assert (sent.state, sent.via, entry["endpoint"]) == (SendState.SENT, Via.PUSH, "push")
    assert entry["retry_key"] == str(sent.retry_key) and sent.request_id == entry["request_id"]
    rows = outgoing()
    assert [row.line_message_id for row in rows] == entry["message_ids"]
    assert [row.content for row in rows] == entry["messages"]
    assert {(row.state, row.chat_id, row.cause_kind, row.cause_id) for row in rows} == {("sent", hana, "chat", "7")}
    assert all(row.quote_token for row in rows)


def test_a_young_token_is_used_once_and_then_it_is_a_push(shop: Shop, hana: str) -> None:
    shop.say(hana, "Are you open?")
    assert shop.send(hana, "Yes").via == Via.REPLY
    assert shop.send(hana, "Come by").via == Via.PUSH
    assert [entry["endpoint"] for entry in shop.log()] == ["reply", "push"]


def test_a_token_older_than_fifty_seconds_is_left_alone(shop: Shop, hana: str) -> None:
    shop.say(hana, "Are you open?")
    db.session.execute(update(ReplyToken).values(given_at=now() - timedelta(seconds=51)))
    db.session.commit()
    assert shop.send(hana, "Yes").via == Via.PUSH


def test_a_token_that_line_refuses_gives_way_to_a_push(shop: Shop, hana: str) -> None:
    shop.say(hana, "Are you open?")
    shop.line.advance(70)
    sent = shop.send(hana, "Yes")
    assert (sent.state, sent.via) == (SendState.SENT, Via.PUSH)
    assert [entry["endpoint"] for entry in shop.log()] == ["push"]


def test_a_reply_without_an_answer_is_unknown_and_neither_repeated_nor_pushed(shop: Shop, hana: str) -> None:
    shop.say(hana, "Are you open?")
    shop.fault("lost", "reply")
    sent = shop.send(hana, "Yes")
    assert (sent.state, sent.reason, sent.due_at) == (SendState.UNKNOWN, "messages.reply_unanswered", None)
    make_due()
    db.session.execute(update(MessageSend).values(due_at=None))
    db.session.commit()
    assert delivery.deliver_due() == 0
    assert [entry["endpoint"] for entry in shop.log()] == ["reply"]
    assert [row.state for row in outgoing()] == ["unknown"]


def test_a_worker_that_dies_during_a_reply_leaves_it_unknown(shop: Shop, hana: str, monkeypatch: Any) -> None:
    shop.say(hana, "Are you open?")

    async def die(*_args: Any, **_named: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(AsyncLineClient, "post", die)
        with pytest.raises(Killed):
            shop.send(hana, "Yes")
    db.session.rollback()
    make_due()
    delivery.deliver_due()
    assert [row.state for row in outgoing()] == ["unknown"]
    assert shop.log() == []


def test_a_push_without_an_answer_waits_and_is_repeated_with_its_key(shop: Shop, hana: str) -> None:
    shop.fault("lost", "push")
    sent = shop.send(hana, "Hello")
    assert sent.state == SendState.WAITING and sent.due_at is not None and sent.reason
    make_due()
    delivery.deliver_due()
    (row,), (entry,) = outgoing(), shop.log()
    assert (row.state, [row.line_message_id]) == ("sent", entry["message_ids"])


def test_what_a_worker_pushed_before_it_died_is_not_told_as_refused(shop: Shop, hana: str, monkeypatch: Any) -> None:
    post = AsyncLineClient.post

    async def die(*given: Any, **named: Any) -> None:
        await post(*given, **named)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(AsyncLineClient, "post", die)
        with pytest.raises(Killed):
            shop.send(hana, "Hello")
    db.session.rollback()
    make_due()
    shop.fault("status", "push", None, status=401, message="Authentication failed")
    delivery.deliver_due()
    assert len(shop.log()) == 1
    assert [row.state for row in outgoing()] == ["unknown"]


def test_a_push_whose_key_is_a_day_old_is_unknown(shop: Shop, hana: str) -> None:
    shop.fault("status", "push", status=500)
    shop.send(hana, "Hello")
    make_due()
    db.session.execute(update(MessageSend).values(key_used_at=now() - timedelta(hours=24)))
    db.session.commit()
    delivery.deliver_due()
    assert [row.state for row in outgoing()] == ["unknown"]
    assert shop.log() == []


@pytest.mark.parametrize("hours", [25, -25])
def test_the_age_of_a_key_is_told_by_the_database_whatever_the_clock_of_a_worker_says(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    shop.fault("lost", "push")
    shop.send(hana, "Hello")
    make_due()
    monkeypatch.setattr(outcomes, "now", lambda: now() + timedelta(hours=hours))
    delivery.deliver_due()
    (row,), (entry,) = outgoing(), shop.log()
    assert (row.state, [row.line_message_id]) == ("sent", entry["message_ids"])


def test_a_flooded_person_waits_with_a_sentence(shop: Shop, hana: str) -> None:
    shop.fault("status", "push", status=429, message="Too many messages for this user")
    sent = shop.send(hana, "Hello")
    assert (sent.state, sent.reason) == (SendState.WAITING, "line.person_flooded")
    assert error_messages.sentence("line.person_flooded") in _sent_line(shop, hana).detail


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"follow_status": "blocked"}, "messages.blocked"),
        ({"follow_status": "stranger", "last_message_at": None}, "messages.stranger"),
    ],
)
def test_people_whom_nothing_reaches_are_refused_before_line_is_asked(
    shop: Shop, hana: str, change: dict[str, Any], code: str
) -> None:
    db.session.execute(update(Friend).where(Friend.line_user_id == hana).values(change))
    db.session.commit()
    sent = shop.send(hana, "Hello")
    assert (sent.state, sent.reason, shop.log()) == (SendState.REFUSED, code, [])
    assert error_messages.sentence(code) != code
    assert [row.state for row in outgoing()] == ["refused"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 429, "message": "You have reached your monthly limit."}, "line.monthly_limit"),
        ({"status": 401, "message": "Authentication failed"}, "line.token_refused"),
    ],
)
def test_what_the_account_may_not_send_is_refused_with_lines_reason(
    shop: Shop, hana: str, fault: dict[str, Any], code: str
) -> None:
    shop.fault("status", "push", None, **fault)
    sent = shop.send(hana, "Hello")
    assert (sent.state, sent.reason) == (SendState.REFUSED, code)


def test_a_disconnected_account_sends_nothing(shop: Shop, hana: str) -> None:
    db.session.execute(update(Account).values(state=AccountState.DISCONNECTED))
    db.session.commit()
    assert shop.send(hana, "Hello").reason == "line.disconnected"


def test_a_standby_chat_is_left_alone(shop: Shop, hana: str) -> None:
    shop.say(hana, "Hello")
    db.session.execute(update(ConversationMessage).values(is_standby=True))
    db.session.commit()
    sent = shop.send(hana, "Hello")
    assert (sent.state, sent.reason, shop.log()) == (SendState.REFUSED, "messages.standby", [])


def test_one_send_at_most_has_a_token(shop: Shop, hana: str) -> None:
    shop.say(hana, "Hello")
    friend = shop.friend(hana)
    for words in ("One", "Two"):
        store_send(shop.account, Recipient.of_friend(friend), texts(words), cause=CHAT, actor=SYSTEM)
    db.session.commit()
    delivery.deliver_due()
    delivery.deliver_due()
    assert sorted(entry["endpoint"] for entry in shop.log()) == ["push", "reply"]


def test_a_group_gets_a_reply_and_its_row_names_no_friend(shop: Shop, hana: str) -> None:
    made = shop.line.api("POST", f"/channels/{shop.id}/groups", {"members": [hana]})
    group_id = str(made["group_id"])
    path = f"/channels/{shop.id}/groups/{group_id}/acts"
    shop.line.api("POST", path, {"act": "join", "wait": 10})
    said = {"act": "message", "user_id": hana, "message": {"type": "text", "text": "All here?"}, "wait": 10}
    shop.line.api("POST", path, said)
    processing.process_due()
    (row,) = [row for row in incoming() if row.chat_id == group_id]
    assert row.friend_id == shop.friend(hana).id
    sent = send(shop.account, Recipient.of_group(shop.group(group_id)), texts("Yes"), cause=CHAT, actor=SYSTEM)
    assert sent.state == SendState.SENT
    assert [(row.chat_id, row.friend_id) for row in outgoing()] == [(group_id, None)]


def test_a_set_with_a_problem_is_not_stored(shop: Shop, hana: str) -> None:
    with pytest.raises(Conflict):
        shop.send(hana, "Hello {{unheard_of|you}}")
    db.session.rollback()
    assert db.session.scalar(select(db.func.count()).select_from(MessageSend)) == 0


def test_personal_values_are_filled_in(shop: Shop, hana: str) -> None:
    db.session.execute(update(Friend).where(Friend.line_user_id == hana).values(display_name="花"))
    db.session.commit()
    shop.send(hana, "Hello {{display_name|you}}", cause=Cause(CauseKind.WORKFLOW, "3"))
    assert shop.log()[0]["messages"][0]["text"] == "Hello 花"


def test_a_send_is_one_line_of_the_timeline(app: Flask, shop: Shop, hana: str) -> None:
    shop.send(hana, "One", "Two")
    assert _sent_line(shop, hana).detail == "One · Two"


def test_line_emoji_of_a_send_are_drawn_on_the_timeline(shop: Shop, hana: str) -> None:
    shop.send(hana, "One {{emoji:5ac1bfd5040ab15980c9b435/002}}", "Two {a}")
    line = _sent_line(shop, hana)
    assert line.detail == "One LINE emoji · Two {a}"
    pictures = [one.picture for one in line.pieces if isinstance(one, EmojiInText)]
    assert pictures == [
        "https://stickershop.line-scdn.net/sticonshop/v1/sticon/5ac1bfd5040ab15980c9b435/iPhone/002.png"
    ]


def test_stickers_of_a_send_are_drawn_on_the_timeline(shop: Shop, hana: str) -> None:
    recipient = Recipient.of_friend(shop.friend(hana))
    send(shop.account, recipient, MessageSet((StickerMessage("446", "1988"),)), cause=CHAT, actor=SYSTEM)
    line = _sent_line(shop, hana)
    assert line.detail == "Sticker"
    pictures = [one.picture for one in line.pieces if isinstance(one, Sticker)]
    assert pictures == ["https://stickershop.line-scdn.net/stickershop/v1/sticker/1988/android/sticker.png"]


def _sent_line(shop: Shop, user_id: str) -> Line:
    (line,) = [entry.line for entry in timeline_page(shop.friend(user_id).id).rows if entry.line.icon == "send"]
    return line


def test_files_of_a_send_stay_for_phones_that_open_the_chat_later(shop: Shop, hana: str) -> None:
    file = media_file(shop.account.id)
    recipient = Recipient.of_friend(shop.friend(hana))
    send(shop.account, recipient, MessageSet((ImageMessage(file_id=file.id),)), cause=CHAT, actor=SYSTEM)
    assert is_used(file.id)

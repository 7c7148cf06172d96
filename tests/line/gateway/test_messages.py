"""Synchronous sends: what a call says, and that nothing is sent twice, whatever happens to the answer."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from uuid import UUID

import pytest

from app.core import error_messages
from app.core.clock import now
from app.core.db import db
from app.core.errors import RetryLater
from app.core.queue import broker
from app.line.gateway import connections, tokens
from app.line.gateway.lanes import Lane
from app.line.gateway.messages import multicast, push, reply
from app.line.gateway.outcomes import Accepted, Later, Refused, RetryKey, Unknown
from app.line.gateway.urls import urls
from app.line.models import AccountState
from tests.line.gateway.conftest import HELLO, MULTICAST, PUSH, REPLY, Sender, new_key

LIMITED = "The API rate limit has been exceeded. Try again later."


def test_a_push_is_delivered(sender: Sender) -> None:
    outcome = push(sender.account.id, sender.people[0], HELLO, new_key())
    assert isinstance(outcome, Accepted)
    assert outcome.request_id
    assert not outcome.repeated
    assert outcome.messages[0]["id"]
    chat = sender.line.api("GET", f"/channels/{sender.channel['channel_id']}/friends/{sender.people[0]}/chat")
    assert "こんにちは 🍵" in str(chat)


def test_an_accepted_push_whose_answer_was_lost_is_sent_once(sender: Sender) -> None:
    key = new_key()
    sender.fault("lost", PUSH, times=1)
    assert push(sender.account.id, sender.people[0], HELLO, key) == Later(5, "line.unreachable")
    again = push(sender.account.id, sender.people[0], HELLO, key)
    assert isinstance(again, Accepted)
    assert again.repeated
    assert again.request_id
    assert again.messages[0]["id"]
    assert sender.delivered() == [sender.people[0]]


def test_a_push_that_never_arrived_is_sent_by_the_second_try(sender: Sender) -> None:
    key = new_key()
    sender.fault("status", PUSH, status=500, times=1)
    assert push(sender.account.id, sender.people[0], HELLO, key) == Later(5, "line.unavailable")
    again = push(sender.account.id, sender.people[0], HELLO, key)
    assert isinstance(again, Accepted)
    assert not again.repeated
    assert sender.delivered() == [sender.people[0]]


def test_an_answer_that_cannot_be_read_is_accepted_all_the_same(sender: Sender) -> None:
    sender.fault("malformed", PUSH, times=1)
    outcome = push(sender.account.id, sender.people[0], HELLO, new_key())
    assert isinstance(outcome, Accepted)
    assert (bool(outcome.request_id), outcome.messages) == (True, [])


def test_a_multicast_is_accepted_once(sender: Sender) -> None:
    key = RetryKey(UUID("0f0e0d0c-0b0a-4908-8706-050403020100"), now())
    first, second = (
        multicast(sender.account.id, sender.people, HELLO, key, lane=Lane.BROADCAST, unit="summer_2026")
        for _ in range(2)
    )
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert (first.repeated, second.repeated) == (False, True)
    assert second.request_id == first.request_id
    assert sorted(sender.delivered()) == sorted(sender.people)


def test_the_same_message_with_another_key_is_another_message(sender: Sender) -> None:
    for _ in range(2):
        push(sender.account.id, sender.people[0], HELLO, new_key())
    assert sender.delivered() == [sender.people[0]] * 2


def test_a_conflict_without_an_accepted_request_is_refused(sender: Sender) -> None:
    sender.fault("status", PUSH, status=409, message="Another conflict")
    outcome = push(sender.account.id, sender.people[0], HELLO, new_key())
    assert outcome == Refused("line.refused", {"message": "Another conflict"})


def test_what_line_cannot_take_is_not_even_asked(sender: Sender) -> None:
    for to in ([], ["U"] * 501):
        with pytest.raises(ValueError, match="500"):
            multicast(sender.account.id, to, HELLO, new_key(), lane=Lane.BROADCAST)
    for messages in ([], HELLO * 6):
        with pytest.raises(ValueError, match="5 messages"):
            push(sender.account.id, sender.people[0], messages, new_key())
    assert sender.requests(PUSH) == sender.requests(MULTICAST) == 0


def test_a_reply_answers_once(sender: Sender) -> None:
    token = sender.reply_token()
    first = reply(sender.account.id, token, HELLO)
    assert isinstance(first, Accepted)
    assert first.messages
    second = reply(sender.account.id, token, HELLO)
    assert isinstance(second, Refused)
    assert (second.code, second.is_about_account) == ("line.reply_token", False)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"kind": "lost"}, "line.unreachable"),
        ({"kind": "reset"}, "line.unreachable"),
        ({"kind": "lost", "delay_ms": 600}, "line.timeout"),
        ({"kind": "status", "status": 500}, "line.unavailable"),
    ],
)
def test_a_reply_whose_answer_is_missing_is_unknown_and_not_repeated(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object], why: str
) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.3)
    sender.fault(path=REPLY, times=1, **fault)  # type: ignore[arg-type]
    assert reply(sender.account.id, sender.reply_token(), HELLO) == Unknown(why)
    assert sender.requests(REPLY) == 1


def test_a_reply_that_line_did_not_look_at_is_for_later(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    token = sender.reply_token()
    sender.fault("status", REPLY, status=429, message=LIMITED, times=1)
    assert reply(sender.account.id, token, HELLO) == Later(2, "line.rate_limited", True)
    with monkeypatch.context() as away:
        away.setattr(urls, "api", "http://127.0.0.1:1")
        assert reply(sender.account.id, token, HELLO) == Later(5, "line.unreachable", True)
    assert isinstance(reply(sender.account.id, token, HELLO), Accepted)


def test_a_reply_waits_for_a_token_that_is_not_there(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """LINE refused the old token, so it did not look at the reply: nothing is unknown."""
    reply_token = sender.reply_token()
    tokens.current(sender.account.id)
    sender.line.api("DELETE", f"/channels/{sender.channel['channel_id']}/tokens")

    def busy(account_id: int, refused: str) -> None:
        raise RetryLater("line.token_busy", after=2)

    monkeypatch.setattr(tokens, "renew", busy)
    assert reply(sender.account.id, reply_token, HELLO) == Later(2, "line.token_busy", True)


@pytest.mark.parametrize(
    ("to", "messages", "code"),
    [
        ("not a user id", HELLO, "line.refused"),
        ("", [{"type": "text", "text": ""}], "line.refused"),
        ("U" + "0" * 32, HELLO, "line.bad_recipient"),
    ],
)
def test_what_line_refuses_is_final_and_says_why(
    sender: Sender, to: str, messages: list[dict[str, str]], code: str
) -> None:
    outcome = push(sender.account.id, to or sender.people[0], messages, new_key())
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.is_about_account) == (code, False)
    assert outcome.params["message"]


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (429, "You have reached your monthly limit.", "line.monthly_limit"),
        (403, "Access to this API is not available for your account", "line.not_available"),
        (401, "Authentication failed", "line.token_refused"),
    ],
)
def test_refusals_of_the_account_are_told_apart(sender: Sender, status: int, message: str, code: str) -> None:
    sender.fault("status", PUSH, status=status, message=message)
    outcome = push(sender.account.id, sender.people[0], HELLO, new_key())
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.is_about_account) == (code, True)


def test_a_person_who_gets_too_much_is_for_later(sender: Sender) -> None:
    sender.fault("status", PUSH, status=429, message="Too many messages have been sent to this user")
    assert push(sender.account.id, sender.people[0], HELLO, new_key()) == Later(2, "line.person_flooded", True)


def test_a_disconnected_account_sends_nothing(sender: Sender) -> None:
    sender.account.state = AccountState.DISCONNECTED
    db.session.commit()
    assert push(sender.account.id, sender.people[0], HELLO, new_key()) == Refused("line.disconnected")
    assert sender.requests(PUSH) == 0


def test_an_old_key_is_unknown_and_never_sent(sender: Sender) -> None:
    """LINE has forgotten it by then, and would deliver the message a second time."""
    key = RetryKey(new_key().value, now() - timedelta(hours=23, minutes=49))
    assert isinstance(push(sender.account.id, sender.people[0], HELLO, key), Accepted)
    old = RetryKey(new_key().value, now() - timedelta(hours=23, minutes=50))
    outcome = push(sender.account.id, sender.people[0], HELLO, old)
    assert outcome == Unknown("line.key_expired")
    assert "24 hours" in error_messages.sentence("line.key_expired")
    assert sender.requests(PUSH) == 1


def test_without_redis_nothing_is_sent(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = broker.client.connection_pool
    away = type(pool)(connection_class=pool.connection_class, path="/nonexistent/redis.sock")
    monkeypatch.setattr(broker.client, "connection_pool", away)
    assert push(sender.account.id, sender.people[0], HELLO, new_key()) == Later(5, "line.limiter_away", True)
    assert reply(sender.account.id, sender.reply_token(), HELLO) == Later(5, "line.limiter_away", True)
    assert sender.requests(PUSH) == sender.requests(REPLY) == 0


def test_calls_of_one_process_share_a_thread_and_its_connections(sender: Sender) -> None:
    push(sender.account.id, sender.people[0], HELLO, new_key())
    before = [thread.name for thread in threading.enumerate()].count("line-gateway")
    for _ in range(3):
        push(sender.account.id, sender.people[0], HELLO, new_key())
    after = [thread.name for thread in threading.enumerate()].count("line-gateway")
    assert before == after == 1


def test_a_forked_process_sends_by_itself(sender: Sender) -> None:
    """The web server and the workers may fork after a first call; a thread does not survive that."""
    push(sender.account.id, sender.people[0], HELLO, new_key())
    db.session.rollback()
    db.engine.dispose()
    child = os.fork()
    if not child:
        outcome = push(sender.account.id, sender.people[1], HELLO, new_key())
        os._exit(0 if isinstance(outcome, Accepted) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert sender.delivered() == sender.people[:2]

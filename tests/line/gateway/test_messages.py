"""Sending: exactly once, whatever happens to the answer."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway.messages import multicast, push, reply

HELLO = [{"type": "text", "text": "こんにちは 🍵"}]
PUSH = "/v2/bot/message/push"


@pytest.fixture
def account(channel, connect):
    return connect(channel)


@pytest.fixture
def people(line, channel):
    found = line.api("GET", f"/channels/{channel['channel_id']}/friends?limit=5&state=friend")["friends"]
    return [person["user_id"] for person in found]


def delivered(line, channel) -> list[str]:
    """Everybody who got a message, once for each time."""
    log = line.api("GET", f"/channels/{channel['channel_id']}/messages")["messages"]
    return [person["id"] for entry in log for person in entry["to"] if person["delivered"]]


def test_a_push_is_delivered(line, channel, account, people):
    sent = push(account.id, people[0], HELLO, uuid4())
    assert sent.request_id
    assert not sent.is_repeat
    assert sent.messages[0]["id"]
    chat = line.api("GET", f"/channels/{channel['channel_id']}/friends/{people[0]}/chat")
    assert "こんにちは 🍵" in str(chat)


def test_an_accepted_push_whose_answer_was_lost_is_sent_once(line, channel, account, people):
    key = uuid4()
    line.api("POST", "/faults", {"kind": "lost", "path": PUSH, "times": 1})
    with pytest.raises(RetryLater) as failure:
        push(account.id, people[0], HELLO, key)
    assert failure.value.code == "line.unreachable"
    again = push(account.id, people[0], HELLO, key)
    assert again.is_repeat
    assert again.request_id
    assert again.messages[0]["id"]
    assert delivered(line, channel) == [people[0]]


def test_a_push_that_never_arrived_is_sent_by_the_second_try(line, channel, account, people):
    key = uuid4()
    line.api("POST", "/faults", {"kind": "status", "status": 500, "path": PUSH, "times": 1})
    with pytest.raises(RetryLater):
        push(account.id, people[0], HELLO, key)
    assert not push(account.id, people[0], HELLO, key).is_repeat
    assert delivered(line, channel) == [people[0]]


def test_a_multicast_is_accepted_once(line, channel, account, people):
    key = UUID("0f0e0d0c-0b0a-4908-8706-050403020100")
    first = multicast(account.id, people, HELLO, key, unit="summer_2026")
    second = multicast(account.id, people, HELLO, key, unit="summer_2026")
    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert second.request_id == first.request_id
    assert sorted(delivered(line, channel)) == sorted(people)


def test_the_same_key_with_another_key_is_another_message(line, channel, account, people):
    push(account.id, people[0], HELLO, uuid4())
    push(account.id, people[0], HELLO, uuid4())
    assert delivered(line, channel) == [people[0]] * 2


def test_a_multicast_takes_five_hundred_at_most(account):
    with pytest.raises(ValueError, match="500"):
        multicast(account.id, ["U"] * 501, HELLO, uuid4())
    with pytest.raises(ValueError, match="500"):
        multicast(account.id, [], HELLO, uuid4())


def test_a_reply_answers_once(line, channel, account, people):
    said = line.act(channel["channel_id"], people[0], "message", message={"type": "text", "text": "hi"}, wait=0)
    token = said["events"][0]["replyToken"]
    assert reply(account.id, token, HELLO).messages
    with pytest.raises(PermanentFailure) as failure:
        reply(account.id, token, HELLO)
    assert failure.value.code == "line.reply_token"


@pytest.mark.parametrize(
    ("to", "messages", "code"),
    [
        ("nobody", HELLO, "line.refused"),
        ("", [{"type": "text", "text": ""}], "line.refused"),
        ("U" + "0" * 32, HELLO, "line.bad_recipient"),
    ],
)
def test_what_line_refuses_is_final_and_says_why(line, account, people, to, messages, code):
    with pytest.raises(PermanentFailure) as failure:
        push(account.id, to or people[0], messages, uuid4())
    assert failure.value.code == code
    assert failure.value.params["message"]


def test_the_months_quota_being_used_up_is_final(line, connect):
    channel = line.create_channel(quota={"type": "limited", "value": 1}, population={"followers": 5})
    account = connect(channel)
    friends = line.api("GET", f"/channels/{channel['channel_id']}/friends?limit=2&state=friend")["friends"]
    push(account.id, friends[0]["user_id"], HELLO, uuid4())
    with pytest.raises(PermanentFailure) as failure:
        push(account.id, friends[1]["user_id"], HELLO, uuid4())
    assert failure.value.code == "line.monthly_limit"

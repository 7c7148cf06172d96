"""Retry keys: accepted once, then 409 for 24 hours, whatever happened to the answer."""

from uuid import uuid4

import pytest
import requests

from tests.sandbox.bots import Bot, text


def test_second_request_is_told_of_the_first(bot: Bot) -> None:
    user_id, key = bot.friend(), str(uuid4())
    body = {"to": user_id, "messages": [text("once")]}
    first = bot.checked("POST", "/v2/bot/message/push", body, X_Line_Retry_Key=key)
    second = bot.checked("POST", "/v2/bot/message/push", body, X_Line_Retry_Key=key.upper())
    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json() == {
        "message": "The retry key is already accepted",
        "sentMessages": first.json()["sentMessages"],
    }
    assert second.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert second.headers["x-line-request-id"] != first.headers["x-line-request-id"]
    assert [mail["retry_key"] for mail in bot.mail_for(user_id)] == [key]


def test_multicast_conflict_has_no_sent_messages(bot: Bot) -> None:
    body, key = {"to": bot.all_user_ids(), "messages": [text("x")]}, str(uuid4())
    bot.post("/v2/bot/message/multicast", body, headers={"X-Line-Retry-Key": key})
    conflict = bot.post("/v2/bot/message/multicast", body, headers={"X-Line-Retry-Key": key})
    assert conflict.json() == {"message": "The retry key is already accepted"}
    assert conflict.headers["x-line-accepted-request-id"]
    assert bot.control("GET", "/messages/summary")["chats_reached_more_than_once"] == 0


def test_after_24_hours_the_key_sends_again(bot: Bot) -> None:
    user_id, key = bot.friend(), str(uuid4())
    bot.push(user_id, X_Line_Retry_Key=key)
    bot.server.advance(24 * 3600 - 60)
    assert bot.push(user_id, X_Line_Retry_Key=key).status_code == 409
    bot.server.advance(60)
    assert bot.push(user_id, X_Line_Retry_Key=key).status_code == 200
    assert len(bot.mail_for(user_id)) == 2


def test_rejected_attempt_does_not_use_up_the_key(bot: Bot) -> None:
    user_id, key = bot.friend(), str(uuid4())
    assert bot.push(user_id, text(""), X_Line_Retry_Key=key).status_code == 400
    assert bot.push(user_id, X_Line_Retry_Key=key).status_code == 200


def test_key_that_is_no_uuid_is_refused(bot: Bot) -> None:
    for key in ("1", "not-a-uuid", str(uuid4())[:-1]):
        assert bot.push(bot.friend(), X_Line_Retry_Key=key).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v2/bot/message/reply"),
        ("POST", "/v2/bot/message/validate/push"),
        ("GET", "/v2/bot/info"),
        ("GET", "/v2/bot/followers/ids"),
    ],
)
def test_key_is_refused_where_it_is_not_supported(bot: Bot, method: str, path: str) -> None:
    refused = bot.call(method, path, headers={"X-Line-Retry-Key": str(uuid4())})
    assert refused.status_code == 400


def test_dropped_message_cannot_be_sent_again_with_its_key(bot: Bot) -> None:
    user_id, key = bot.friend(state="blocked"), str(uuid4())
    assert bot.push(user_id, X_Line_Retry_Key=key).status_code == 200
    bot.act(user_id, "unblock")
    assert bot.push(user_id, X_Line_Retry_Key=key).status_code == 409
    assert [mail["delivered"] for mail in bot.mail_for(user_id)] == [False]


def test_keys_belong_to_a_channel(bot: Bot) -> None:
    key = str(uuid4())
    other = Bot.open(bot.server, population={"followers": 1})
    assert bot.push(bot.friend(), X_Line_Retry_Key=key).status_code == 200
    assert other.push(other.friend(), X_Line_Retry_Key=key).status_code == 200


@pytest.mark.parametrize("delay_ms", [0, 900])
def test_lost_answer_and_a_retry_send_once(bot: Bot, delay_ms: int) -> None:
    user_id, key = bot.friend(), str(uuid4())
    fault = {"kind": "lost", "channel_id": bot.channel_id, "path": "/v2/bot/message/push", "times": 1}
    bot.server.api("POST", "/faults", fault | {"delay_ms": delay_ms})
    with pytest.raises((requests.ConnectionError, requests.Timeout)):
        requests.post(
            f"{bot.server.url}/v2/bot/message/push",
            json={"to": user_id, "messages": [text("once")]},
            headers={"Authorization": f"Bearer {bot.token}", "X-Line-Retry-Key": key},
            timeout=0.5,
        )
    retried = bot.push(user_id, text("once"), X_Line_Retry_Key=key)
    assert retried.status_code == 409
    assert len(bot.mail_for(user_id)) == 1

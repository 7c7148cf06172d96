"""The sandbox as sender of webhooks: signature, order, time limit, redelivery, and trouble on demand."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable

import pytest

from sandbox.line.wording import sign
from tests.sandbox.bots import Bot, text
from tests.support.contract import check_webhook
from tests.support.receiver import WebhookReceiver
from tests.support.sandbox import SandboxError


def signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def test_signature_matches_lines_published_example() -> None:
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    secret = "8c570fa6dd201bb328f1c1eac23a96d8"
    assert sign(secret, body) == "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


def test_event_arrives_signed_over_its_exact_bytes(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    user_id = listening_bot.friend(state="never")
    outcome = listening_bot.act(user_id, "add")
    (received,) = receiver.received
    assert received.signature == signature(listening_bot.secret, received.body)
    assert received.json["destination"] == listening_bot.control("GET")["bot_user_id"]
    assert received.events == outcome["events"]
    assert received.headers["content-type"] == "application/json; charset=utf-8"
    assert received.headers["user-agent"] == "LineBotWebhook/2.0"
    (entry,) = outcome["webhooks"]
    assert (entry["status"], entry["reason"], entry["succeeded"]) == (200, "OK", True)
    assert entry["within_limit"]


@pytest.mark.parametrize("style", ["compact", "spaced", "escaped", "shuffled"])
def test_every_spelling_is_the_same_json_with_a_valid_signature(
    listening_bot: Bot, receiver: WebhookReceiver, style: str
) -> None:
    manner = {"webhook": {"style": style}}
    said = "日本語と絵文字 ☕ and a/slash"
    outcome = listening_bot.act(listening_bot.friend(), "message", message=text(said), manner=manner)
    (received,) = receiver.received
    assert received.events == outcome["events"]
    assert received.events[0]["message"]["text"] == said
    assert received.signature == signature(listening_bot.secret, received.body)


@pytest.mark.parametrize("mode", ["missing", "bad", "other"])
def test_wrong_signatures_on_demand(listening_bot: Bot, receiver: WebhookReceiver, mode: str) -> None:
    manner = {"webhook": {"signature": mode}}
    listening_bot.act(listening_bot.friend(), "message", message=text("x"), manner=manner)
    (received,) = receiver.received
    assert received.signature != signature(listening_bot.secret, received.body)
    assert (received.signature is None) is (mode == "missing")


def test_wrong_destination_and_header_spelling_on_demand(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    manner = {"webhook": {"destination": "U" + "f" * 32, "header": "X-Line-Signature"}}
    listening_bot.act(listening_bot.friend(), "message", message=text("x"), manner=manner)
    (received,) = receiver.received
    assert received.json["destination"] == "U" + "f" * 32
    assert received.signature == signature(listening_bot.secret, received.body)


def test_duplicates_have_the_same_id_and_are_not_marked(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    manner = {"webhook": {"duplicates": 2}}
    listening_bot.act(listening_bot.friend(), "message", message=text("x"), manner=manner)
    assert len(receiver.received) == 3
    assert len({event["webhookEventId"] for event in receiver.events}) == 1
    assert not any(event["deliveryContext"]["isRedelivery"] for event in receiver.events)


def test_nothing_is_sent_twice_or_at_all_unless_asked(bot: Bot, receiver: WebhookReceiver) -> None:
    user_id = bot.friend()
    assert bot.act(user_id, "message", message=text("no address"))["webhooks"] == []
    bot.change(webhook={"endpoint": receiver.url, "active": False})
    assert bot.act(user_id, "message", message=text("switched off"))["webhooks"] == []
    bot.change(webhook={"active": True})
    bot.act(user_id, "message", message=text("silent"), manner={"silent": True})
    receiver.statuses = [500]
    bot.act(user_id, "message", message=text("failed"))
    bot.server.advance(24 * 3600)
    assert bot.control("POST", "/webhooks/wait", {})["idle"]
    assert [event["message"]["text"] for event in receiver.events] == ["failed"]


def test_events_of_a_channel_arrive_in_order(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    user_id = listening_bot.friend()
    for number in range(20):
        listening_bot.act(user_id, "message", message=text(str(number)), wait=0)
    assert listening_bot.control("POST", "/webhooks/wait", {})["idle"]
    assert [event["message"]["text"] for event in receiver.events] == [str(number) for number in range(20)]
    times = [event["timestamp"] for event in receiver.events]
    assert times == sorted(times)


def test_held_requests_come_out_of_order_when_released_so(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    listening_bot.change(webhook={"hold": True})
    user_id = listening_bot.friend()
    for number in range(3):
        listening_bot.act(user_id, "message", message=text(str(number)))
    assert receiver.received == []
    released = listening_bot.control("POST", "/webhooks/release", {"order": "reversed", "wait": 10})
    assert [entry["reason"] for entry in released["webhooks"]] == ["OK"] * 3
    assert [event["message"]["text"] for event in receiver.events] == ["2", "1", "0"]


def test_waiting_events_travel_together_up_to_the_batch_size(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    listening_bot.change(webhook={"hold": True, "batch_size": 3})
    for number in range(5):
        listening_bot.act(listening_bot.friend(), "message", message=text(str(number)))
    listening_bot.control("POST", "/webhooks/release", {"wait": 10})
    assert [len(received.events) for received in receiver.received] == [3, 2]
    assert len({event["source"]["userId"] for event in receiver.events}) == 5


def test_answer_after_two_seconds_is_a_timeout(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    receiver.delay = 2.5
    (entry,) = listening_bot.act(listening_bot.friend(), "message", message=text("x"))["webhooks"]
    assert (entry["reason"], entry["status"]) == ("REQUEST_TIMEOUT", None)
    log = listening_bot.control("GET", "/webhooks")
    assert log["failed"] == 1
    assert log["slowest_milliseconds"] >= 1990


def test_redelivery_only_when_enabled_and_marked(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    listening_bot.change(webhook={"redelivery": {"enabled": True, "count": 2, "interval_seconds": 0.05}})
    receiver.statuses = [500, 503]
    sent = listening_bot.act(listening_bot.friend(), "message", message=text("x"))["events"][0]
    wait_for(lambda: len(receiver.received) == 3)
    assert [event["deliveryContext"]["isRedelivery"] for event in receiver.events] == [False, True, True]
    for event in receiver.events:
        assert event | {"deliveryContext": None} == sent | {"deliveryContext": None}
    attempts = [entry["attempt"] for entry in listening_bot.control("GET", "/webhooks")["webhooks"]]
    assert attempts == [1, 2, 3]


def test_redelivery_waits_on_the_sandboxs_clock_and_gives_up(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    listening_bot.change(webhook={"redelivery": {"enabled": True, "count": 1, "interval_seconds": 3600}})
    receiver.statuses = [500, 500, 500]
    listening_bot.act(listening_bot.friend(), "message", message=text("x"))
    assert len(receiver.received) == 1
    for _ in range(3):
        listening_bot.server.advance(3601)
        wait_for(lambda: len(receiver.received) == 2)
    assert listening_bot.control("POST", "/webhooks/wait", {})["idle"]
    assert len(receiver.received) == 2


def test_reply_token_of_a_late_redelivery(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    listening_bot.change(webhook={"redelivery": {"enabled": True, "count": 2, "interval_seconds": 600}})
    receiver.statuses = [500, 500]
    event = listening_bot.act(listening_bot.friend(), "message", message=text("x"))["events"][0]
    body = {"replyToken": event["replyToken"], "messages": [text("late but welcome")]}
    listening_bot.server.advance(120)
    assert listening_bot.post("/v2/bot/message/reply", body).status_code == 400
    listening_bot.server.advance(481)
    wait_for(lambda: len(receiver.received) == 2)
    listening_bot.control("POST", "/webhooks/wait", {})
    assert listening_bot.post("/v2/bot/message/reply", body).status_code == 200


def test_logged_request_can_be_repeated(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    (entry,) = listening_bot.act(listening_bot.friend(), "message", message=text("x"))["webhooks"]
    for redelivery in (False, True):
        listening_bot.control("POST", f"/webhooks/{entry['number']}/repeat", {"redelivery": redelivery, "wait": 10})
    assert [event["deliveryContext"]["isRedelivery"] for event in receiver.events] == [False, False, True]
    assert len({event["webhookEventId"] for event in receiver.events}) == 1


def test_sending_is_suspended_after_too_many_failures(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    listening_bot.change(webhook={"suspend_after_failures": 2})
    user_id = listening_bot.friend()
    receiver.statuses = [500, 500]
    for _ in range(3):
        listening_bot.act(user_id, "message", message=text("x"))
    assert len(receiver.received) == 2
    assert listening_bot.control("GET")["webhook"]["suspended"]
    listening_bot.change(webhook={"suspended": False})
    listening_bot.act(user_id, "message", message=text("x"))
    assert len(receiver.received) == 3


def test_new_address_takes_effect_after_the_configured_delay(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    listening_bot.change(webhook={"apply_seconds": 60})
    listening_bot.call("PUT", "/v2/bot/channel/webhook/endpoint", {"endpoint": f"{receiver.url}/new"})
    user_id = listening_bot.friend()
    listening_bot.act(user_id, "message", message=text("x"))
    listening_bot.server.advance(60)
    listening_bot.act(user_id, "message", message=text("x"))
    assert [received.path for received in receiver.received] == ["/callback", "/callback/new"]


def test_anything_can_be_sent_by_hand(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    unknown = {"type": "somethingNew", "mode": "active", "timestamp": 1, "webhookEventId": "01", "odd": [None]}
    listening_bot.control("POST", "/webhooks", {"events": [unknown], "wait": 10})
    listening_bot.control("POST", "/webhooks", {"body": "{not json", "wait": 10})
    listening_bot.control("POST", "/webhooks", {"body": {"destination": "x", "events": []}, "wait": 10})
    assert receiver.received[0].events == [unknown]
    assert [received.body for received in receiver.received[1:]] == [b"{not json", b'{"destination":"x","events":[]}']
    assert all(item.signature == signature(listening_bot.secret, item.body) for item in receiver.received)


def test_sending_by_hand_to_nowhere_says_so(bot: Bot) -> None:
    with pytest.raises(SandboxError, match="Nothing was sent"):
        bot.control("POST", "/webhooks", {"events": []})


def test_no_one_listening_is_a_failed_connection(bot: Bot) -> None:
    bot.change(webhook={"endpoint": "http://127.0.0.1:9/"})
    (entry,) = bot.act(bot.friend(), "message", message=text("x"))["webhooks"]
    assert (entry["reason"], entry["status"]) == ("COULD_NOT_CONNECT", None)


def test_all_events_are_as_described(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    every_act(listening_bot)
    for received in receiver.received:
        check_webhook(received.json)
    kinds = {event["type"] for event in receiver.events}
    assert kinds >= {"follow", "unfollow", "message", "postback", "unsend", "videoPlayComplete", "accountLink"}
    assert kinds >= {"join", "leave", "memberJoined", "memberLeft", "beacon", "membership"}


def every_act(bot: Bot) -> None:
    """Everything a person can do, and everything that happens in a group."""
    user_id = bot.friend(state="never")
    bot.act(user_id, "add")
    for kind in ("image", "video", "audio", "file", "location", "sticker"):
        bot.act(user_id, "message", message={"type": kind})
    spoken = bot.act(user_id, "message", message=text("oops"))["events"][0]
    bot.act(user_id, "unsend", messageId=spoken["message"]["id"])
    bot.act(user_id, "postback", data="a=1", params={"date": "2026-01-01"})
    bot.act(user_id, "video-complete", trackingId="t-1")
    bot.act(user_id, "account-link", nonce="0123456789abcdef")
    bot.act(user_id, "event", type="beacon", details={"beacon": {"hwid": "ab", "type": "enter"}})
    bot.act(user_id, "event", type="membership", details={"membership": {"type": "joined", "membershipId": 1}})
    bot.act(user_id, "block")
    bot.act(user_id, "unblock")
    group = bot.control("POST", "/groups", {"members": [user_id]})["group_id"]
    newcomer = bot.friend()
    for act in (
        {"act": "join"},
        {"act": "member-joined", "user_ids": [newcomer]},
        {"act": "message", "user_id": newcomer, "message": text("hi all")},
        {"act": "member-left", "user_ids": [user_id]},
        {"act": "leave"},
    ):
        bot.control("POST", f"/groups/{group}/acts", act | {"wait": 10})


def test_standby_has_no_reply_token_and_no_consent_no_user_id(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    user_id = listening_bot.friend(consent=False)
    listening_bot.act(user_id, "message", message=text("x"), manner={"standby": True})
    (event,) = receiver.events
    assert event["mode"] == "standby"
    assert "replyToken" not in event
    assert event["source"] == {"type": "user"}


def test_time_of_an_event_may_be_chosen(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    listening_bot.act(listening_bot.friend(), "block", manner={"timestamp": 1_700_000_000_123})
    assert receiver.events[0]["timestamp"] == 1_700_000_000_123
    assert json.loads(receiver.received[0].body)["events"][0]["webhookEventId"].startswith("01HF")


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Poll until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.02)

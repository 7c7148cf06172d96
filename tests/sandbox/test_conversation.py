"""Loading animation, marking as read, account links, and the chat a person sees."""

import threading
import time
from typing import Any

import pytest

from tests.sandbox.bots import Bot, text
from tests.support.receiver import WebhookReceiver
from tests.support.sandbox import SandboxError


def chat(bot: Bot, user_id: str, query: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = bot.control("GET", f"/friends/{user_id}/chat{query}")
    return answer


def test_loading_animation_shows_until_it_ends_or_a_message_comes(bot: Bot) -> None:
    user_id, earliest = bot.friend(), bot.server.api("GET", "/clock")["now"] + 30
    answer = bot.checked("POST", "/v2/bot/chat/loading/start", {"chatId": user_id, "loadingSeconds": 30})
    assert (answer.status_code, answer.json()) == (202, {})
    assert earliest <= chat(bot, user_id)["loading_until"] <= bot.server.api("GET", "/clock")["now"] + 30
    bot.push(user_id)
    assert chat(bot, user_id)["loading_until"] is None


@pytest.mark.parametrize(
    ("seconds", "messages"),
    [(3, ["Must be between 5 and 60", "must be a multiple of five"]), (65, ["Must be between 5 and 60"])],
)
def test_loading_seconds_have_bounds(bot: Bot, seconds: int, messages: list[str]) -> None:
    refused = bot.post("/v2/bot/chat/loading/start", {"chatId": bot.friend(), "loadingSeconds": seconds})
    assert refused.status_code == 400
    assert [detail["message"] for detail in refused.json()["details"]] == messages


def test_loading_is_for_people_only(bot: Bot) -> None:
    assert bot.post("/v2/bot/chat/loading/start", {"chatId": "C" + "0" * 32}).status_code == 400


def test_mark_as_read_up_to_a_message(bot: Bot) -> None:
    user_id = bot.friend()
    tokens = [
        bot.act(user_id, "message", message=text(word))["events"][0]["message"]["markAsReadToken"] for word in "abc"
    ]
    assert bot.checked("POST", "/v2/bot/chat/markAsRead", {"markAsReadToken": tokens[1]}).json() == {}
    assert [entry["read"] for entry in chat(bot, user_id)["entries"]] == [True, True, False]
    assert bot.post("/v2/bot/chat/markAsRead", {"markAsReadToken": tokens[2] + "0"}).status_code == 400
    assert bot.checked("POST", "/v2/bot/message/markAsRead", {"chat": {"userId": user_id}}).status_code == 200
    assert all(entry["read"] for entry in chat(bot, user_id)["entries"])


def test_without_chat_mode_there_is_no_read_token_and_all_is_read(bot: Bot) -> None:
    bot.change(chat_mode="bot")
    user_id = bot.friend()
    event = bot.act(user_id, "message", message=text("x"))["events"][0]
    assert "markAsReadToken" not in event["message"]
    assert chat(bot, user_id)["entries"][0]["read"]


def test_account_link_with_a_live_token(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    user_id = listening_bot.friend()
    token = listening_bot.checked("POST", f"/v2/bot/user/{user_id}/linkToken").json()["linkToken"]
    listening_bot.act(user_id, "account-link", linkToken=token, nonce="n" * 16)
    (event,) = receiver.events
    assert event["link"] == {"result": "ok", "nonce": "n" * 16}
    assert event["source"]["userId"] == user_id
    with pytest.raises(SandboxError, match="link token"):
        listening_bot.act(user_id, "account-link", linkToken=token, nonce="n" * 16)
    assert len(receiver.events) == 1


def test_account_link_by_someone_else_fails_without_a_source(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    token = listening_bot.post(f"/v2/bot/user/{listening_bot.friend()}/linkToken").json()["linkToken"]
    listening_bot.act(listening_bot.friend(), "account-link", linkToken=token, nonce="n" * 16)
    (event,) = receiver.events
    assert event["link"]["result"] == "failed"
    assert "source" not in event
    assert "replyToken" not in event


def test_link_token_dies_after_ten_minutes(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    user_id = listening_bot.friend()
    token = listening_bot.post(f"/v2/bot/user/{user_id}/linkToken").json()["linkToken"]
    listening_bot.server.advance(601)
    with pytest.raises(SandboxError, match="ten minutes"):
        listening_bot.act(user_id, "account-link", linkToken=token, nonce="n" * 16)
    assert receiver.events == []


def test_link_tokens_are_for_friends(bot: Bot) -> None:
    assert bot.post(f"/v2/bot/user/{bot.friend(state='never')}/linkToken").status_code == 404
    assert bot.post("/v2/bot/user/someone/linkToken").status_code == 400


def test_chat_shows_both_sides_in_order(bot: Bot) -> None:
    user_id = bot.friend(state="never")
    bot.act(user_id, "add")
    bot.push(user_id, text("welcome"), text("how are you?"))
    bot.act(user_id, "message", message=text("fine"))
    bot.act(user_id, "block")
    bot.push(user_id, text("never seen"))
    entries = chat(bot, user_id)["entries"]
    told = [entry.get("notice") or entry["message"]["text"] for entry in entries]
    assert told == ["added", "welcome", "how are you?", "fine", "blocked"]
    assert [entry["from"] for entry in entries] == ["friend", "account", "account", "friend", "friend"]


def test_chat_can_be_waited_for(bot: Bot) -> None:
    user_id = bot.friend()
    bot.push(user_id, text("old"))
    seen = chat(bot, user_id)["sequence"]
    found: list[dict[str, Any]] = []
    waiting = threading.Thread(target=lambda: found.append(chat(bot, user_id, f"?after={seen}&wait=20")))
    waiting.start()
    time.sleep(0.1)
    bot.push(user_id, text("new"))
    waiting.join(10)
    assert [entry["message"]["text"] for entry in found[0]["entries"]] == ["new"]


def test_taps_do_what_the_action_says(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    user_id = listening_bot.friend()

    def tap(**action: object) -> Any:
        return listening_bot.act(user_id, "tap", action=action, params={"date": "2026-12-24"})

    tap(type="message", label="Hi", text="hello")
    tap(type="postback", label="Buy", data="buy=1", displayText="I buy it")
    tap(type="postback", label="Old", data="old=1", text="said aloud")
    tap(type="datetimepicker", label="When", data="when", mode="date")
    kinds = [event["type"] for event in receiver.events]
    assert kinds == ["message", "postback", "postback", "message", "postback"]
    assert receiver.events[-1]["postback"] == {"data": "when", "params": {"date": "2026-12-24"}}
    assert tap(type="uri", label="Web", uri="https://example.com")["phone"] == {"open": "https://example.com"}
    assert tap(type="clipboard", label="Copy", clipboardText="SALE")["phone"] == {"copy": "SALE"}
    assert tap(type="camera", label="Snap")["phone"] == {"pick": "camera"}
    assert len(receiver.events) == 5


@pytest.mark.parametrize(
    ("mode", "least", "most", "chosen", "refused"),
    [
        ("date", "2026-12-01", "2026-12-24", "2026-12-24", ["2026-11-30", "2026-12-25", "24.12.2026", None]),
        ("time", "09:00", "18:00", "09:00", ["08:59", "18:01", "9:00"]),
        ("datetime", "2026-12-01t10:00", None, "2026-12-01T10:00", ["2026-12-01T09:59", "2026-12-01"]),
    ],
)
def test_a_date_picker_offers_what_lies_within_its_bounds(
    listening_bot: Bot,
    receiver: WebhookReceiver,
    mode: str,
    least: str,
    most: str | None,
    chosen: str,
    refused: list[str | None],
) -> None:
    user_id = listening_bot.friend()
    action = {"type": "datetimepicker", "label": "When", "data": "when", "mode": mode, "min": least, "max": most}
    action = {name: value for name, value in action.items() if value}
    message = {"type": "template", "altText": "x", "template": {"type": "buttons", "text": "x", "actions": [action]}}
    assert listening_bot.push(user_id, message).status_code == 200
    for moment in refused:
        with pytest.raises(SandboxError, match=f"params.{mode}"):
            listening_bot.act(user_id, "tap", action=action, params={mode: moment} if moment else {})
    listening_bot.act(user_id, "tap", action=action, params={mode: chosen})
    assert [event["postback"] for event in receiver.events] == [{"data": "when", "params": {mode: chosen}}]
    assert receiver.events[0]["replyToken"]


def test_a_watched_video_is_told_again_when_it_is_watched_again(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    user_id = listening_bot.friend()
    for _ in range(2):
        listening_bot.act(user_id, "video-complete", trackingId="film-1")
    told = [event["videoPlayComplete"] for event in receiver.events]
    assert told == 2 * [{"trackingId": "film-1"}]
    assert all(event["replyToken"] for event in receiver.events)
    listening_bot.act(user_id, "video-complete", trackingId="film-1", manner={"standby": True})
    assert "replyToken" not in receiver.events[-1] and receiver.events[-1]["mode"] == "standby"

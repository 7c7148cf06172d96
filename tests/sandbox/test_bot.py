"""Bot info, and the webhook's address: set, read, tested."""

import pytest

from tests.sandbox.bots import Bot
from tests.support.receiver import WebhookReceiver
from tests.support.sandbox import SandboxServer

ENDPOINT = "/v2/bot/channel/webhook/endpoint"
TEST = "/v2/bot/channel/webhook/test"


def test_info_tells_who_the_bot_is(line_sandbox: SandboxServer) -> None:
    bot = Bot.open(line_sandbox, name="灯珈琲", basic_id="@akari", chat_mode="bot", has_picture=False)
    body = bot.checked("GET", "/v2/bot/info").json()
    assert body == {
        "userId": bot.control("GET")["bot_user_id"],
        "basicId": "@akari",
        "displayName": "灯珈琲",
        "chatMode": "bot",
        "markAsReadMode": "auto",
    }
    bot.change(premium_id="@tomoru", has_picture=True, chat_mode="chat")
    body = bot.checked("GET", "/v2/bot/info").json()
    assert (body["premiumId"], body["chatMode"], body["markAsReadMode"]) == ("@tomoru", "chat", "manual")
    assert body["pictureUrl"].startswith(bot.server.url)


def test_request_ids_are_never_the_same(bot: Bot) -> None:
    ids = {bot.get("/v2/bot/info").headers["x-line-request-id"] for _ in range(20)}
    assert len(ids) == 20


def test_address_is_set_and_read(bot: Bot) -> None:
    missing = bot.get(ENDPOINT)
    assert (missing.status_code, missing.json()) == (404, {"message": "Webhook endpoint not found"})
    answer = bot.checked("PUT", ENDPOINT, {"endpoint": "https://example.com/hook?a=1"})
    assert (answer.status_code, answer.json()) == (200, {})
    assert bot.checked("GET", ENDPOINT).json() == {"endpoint": "https://example.com/hook?a=1", "active": True}
    bot.change(webhook={"active": False})
    assert bot.get(ENDPOINT).json()["active"] is False


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "http://example.com/hook",
        "ftp://example.com",
        "https://",
        "https://example.com:port/",
        "https://example.com/" + "x" * 500,
        "https://example.com/a b",
        7,
        None,
    ],
)
def test_addresses_line_would_not_take(bot: Bot, url: object) -> None:
    for answer in (bot.call("PUT", ENDPOINT, {"endpoint": url}), bot.post(TEST, {"endpoint": url or "x"})):
        assert (answer.status_code, answer.json()) == (400, {"message": "Invalid webhook endpoint URL"})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/x", "http://localhost/x", "http://web:8000/x", "http://10.1.2.3/"]
)
def test_addresses_near_by_may_use_plain_http(bot: Bot, url: str) -> None:
    assert bot.call("PUT", ENDPOINT, {"endpoint": url}).status_code == 200


def test_webhook_test_sends_no_events_and_reports_success(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    body = listening_bot.checked("POST", TEST, {}).json()
    assert (body["success"], body["statusCode"], body["reason"], body["detail"]) == (True, 200, "OK", "200")
    assert receiver.received[0].events == []
    assert receiver.received[0].signature
    (entry,) = listening_bot.control("GET", "/webhooks")["webhooks"]
    assert (entry["test"], entry["succeeded"], entry["event_ids"]) == (True, True, [])


def test_webhook_test_names_the_reason_of_failure(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    receiver.statuses = [404]
    body = listening_bot.checked("POST", TEST, {}).json()
    assert (body["success"], body["statusCode"], body["reason"]) == (False, 404, "ERROR_STATUS_CODE")
    receiver.delay = 2.5
    body = listening_bot.checked("POST", TEST, {}).json()
    assert (body["statusCode"], body["reason"], body["detail"]) == (0, "REQUEST_TIMEOUT", "Request timeout")
    body = listening_bot.checked("POST", TEST, {"endpoint": "http://127.0.0.1:9/"}).json()
    assert (body["success"], body["statusCode"], body["reason"]) == (False, 0, "COULD_NOT_CONNECT")
    tls_spoken_to_plain_http = receiver.url.replace("http:", "https:")
    assert listening_bot.post(TEST, {"endpoint": tls_spoken_to_plain_http}).json()["reason"] == "COULD_NOT_CONNECT"


def test_webhook_test_without_an_address(bot: Bot) -> None:
    answer = bot.post(TEST)
    assert (answer.status_code, answer.json()) == (404, {"message": "Webhook endpoint not found"})

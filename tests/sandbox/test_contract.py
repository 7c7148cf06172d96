"""Every call of the program's main job, request and answer alike, against LINE's published descriptions."""

from uuid import uuid4

import pytest

from tests.sandbox.bots import SPEC, Bot, text
from tests.support.contract import check_request, check_response, check_webhook, specs_directory
from tests.support.receiver import WebhookReceiver
from tests.support.sandbox import SandboxServer


@pytest.fixture(autouse=True)
def _descriptions_at_hand() -> None:
    specs_directory()


def test_followers_with_every_kind_of_page(line_sandbox: SandboxServer) -> None:
    paging = {"short": 0.4, "empty": 0.3, "repeat": 0.3}
    bot = Bot.open(line_sandbox, population={"followers": 120}, paging=paging)
    path, seen = "/v2/bot/followers/ids?limit=30", 0
    while path:
        page = bot.checked("GET", path).json()
        seen += len(page["userIds"])
        path = f"/v2/bot/followers/ids?limit=30&start={page['next']}" if "next" in page else ""
    assert seen >= 120


def test_profiles_of_all_sorts(bot: Bot) -> None:
    people = [
        *bot.all_user_ids()[:10],
        bot.friend(picture_url=None, status_message="はい"),
        bot.friend(state="blocked"),
    ]
    answers = [bot.checked("GET", f"/v2/bot/profile/{user_id}") for user_id in people]
    assert [answer.status_code for answer in answers] == [200] * 11 + [404]


def test_sending_in_all_ways(bot: Bot) -> None:
    friend, key = bot.friend(), str(uuid4())
    body = {"to": friend, "messages": [text("hi")], "notificationDisabled": True, "customAggregationUnits": ["spring"]}
    statuses = [bot.checked("POST", "/v2/bot/message/push", body, X_Line_Retry_Key=key).status_code for _ in range(2)]
    assert statuses == [200, 409]
    group_body = {"to": bot.all_user_ids()[:3], "messages": [text("hi")], "customAggregationUnits": ["spring"]}
    assert bot.checked("POST", "/v2/bot/message/multicast", group_body, X_Line_Retry_Key=str(uuid4())).json() == {}
    token = bot.act(friend, "message", message=text("hi"))["events"][0]["replyToken"]
    reply = {
        "replyToken": token,
        "messages": [text("yes"), {"type": "sticker", "packageId": "446", "stickerId": "1988"}],
    }
    assert [bot.checked("POST", "/v2/bot/message/reply", reply).status_code for _ in range(2)] == [200, 400]
    for kind in ("reply", "push", "multicast", "narrowcast", "broadcast"):
        assert bot.checked("POST", f"/v2/bot/message/validate/{kind}", {"messages": [text("x")]}).status_code == 200


@pytest.mark.parametrize(
    ("status", "path"),
    [(401, "/v2/bot/info"), (403, "/v2/bot/followers/ids"), (429, "/v2/bot/message/quota"), (500, "/v2/bot/info")],
)
def test_errors_have_the_described_body(bot: Bot, status: int, path: str) -> None:
    fault = {"kind": "status", "status": status, "channel_id": bot.channel_id, "times": 1}
    bot.server.api("POST", "/faults", fault)
    assert bot.checked("GET", path).status_code == status


def test_verification_request_is_described(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    listening_bot.checked("POST", "/v2/bot/channel/webhook/test", {})
    check_webhook(receiver.received[0].json)


def test_the_check_itself_sees_mistakes() -> None:
    body = {"to": "U1", "messages": [{"type": "text", "text": "x"}]}
    check_request(SPEC, "POST", "/v2/bot/message/push", body)
    wrong = (
        {"to": "U1"},
        body | {"message": []},
        body | {"messages": [{"type": "text", "txt": "x"}]},
        body | {"messages": [{"type": "text", "text": "x", "colour": 1}]},
        body | {"messages": [{"type": "poem"}]},
        body | {"messages": [text("x")] * 6},
    )
    for request in wrong:
        with pytest.raises(AssertionError, match="not as described"):
            check_request(SPEC, "POST", "/v2/bot/message/push", request)
    with pytest.raises(AssertionError, match="no parameter page"):
        check_request(SPEC, "GET", "/v2/bot/followers/ids?page=2")
    with pytest.raises(AssertionError, match="not described"):
        check_request(SPEC, "GET", "/v2/bot/message/push")
    with pytest.raises(AssertionError, match="uuid"):
        check_request(SPEC, "POST", "/v2/bot/message/push", body, headers={"X-Line-Retry-Key": "1"})
    with pytest.raises(AssertionError, match="not described to answer"):
        check_response(SPEC, "GET", "/v2/bot/info", 202, {})
    with pytest.raises(AssertionError, match="basicId"):
        check_response(SPEC, "GET", "/v2/bot/info", 200, {"userId": "U1"})
    with pytest.raises(AssertionError):
        check_webhook({"destination": "U1", "events": []})

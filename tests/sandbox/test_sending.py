"""Reply, push and multicast: who gets it, who does not, and what is refused."""

import pytest

from tests.sandbox.bots import Bot, text
from tests.support.sandbox import SandboxServer

UNKNOWN = "U" + "0" * 32
BAD_TO = "The property, 'to', in the request body is invalid (line: -, column: -)"
LONG_AGO = 1.0


def test_push_is_delivered_once_and_answers_with_ids(bot: Bot) -> None:
    user_id = bot.all_user_ids()[0]
    body = {"to": user_id, "messages": [text("one"), {"type": "location", "title": "店", "address": "東京"} | PLACE]}
    answer = bot.checked("POST", "/v2/bot/message/push", body)
    sent = answer.json()["sentMessages"]
    assert answer.status_code == 200
    assert ["quoteToken" in entry for entry in sent] == [True, False]
    (mail,) = bot.mail_for(user_id)
    assert mail["delivered"]
    assert mail["message_ids"] == [entry["id"] for entry in sent]
    assert mail["request_id"] == answer.headers["x-line-request-id"]


PLACE = {"latitude": 35.0, "longitude": 139.0}


@pytest.mark.parametrize(
    ("person", "pushed", "multicast"),
    [
        ({"state": "friend"}, True, True),
        ({"state": "friend", "consent": False}, True, True),
        ({"state": "blocked"}, False, False),
        ({"state": "deleted"}, False, False),
        ({"state": "never"}, False, False),
        ({"state": "never", "last_wrote_at": LONG_AGO}, False, False),
    ],
)
def test_accepted_does_not_mean_delivered(bot: Bot, person: dict, pushed: bool, multicast: bool) -> None:
    user_id = bot.friend(**person)
    assert bot.push(user_id).status_code == 200
    assert bot.post("/v2/bot/message/multicast", {"to": [user_id], "messages": [text("x")]}).status_code == 200
    assert [mail["delivered"] for mail in bot.mail_for(user_id)] == [pushed, multicast]


def test_stranger_who_wrote_can_be_pushed_to_for_a_week(bot: Bot) -> None:
    user_id = bot.friend(state="never")
    bot.act(user_id, "message", message=text("hello"))
    assert bot.control("GET", f"/friends/{user_id}")["state"] == "wrote-within-7-days"
    bot.push(user_id)
    bot.post("/v2/bot/message/multicast", {"to": [user_id], "messages": [text("x")]})
    bot.server.advance(7 * 24 * 3600)
    bot.push(user_id)
    assert [mail["delivered"] for mail in bot.mail_for(user_id)] == [True, False, False]


def test_friend_of_a_sister_channel_is_a_stranger_and_not_unknown(bot: Bot, line_sandbox: SandboxServer) -> None:
    sister = Bot.open(line_sandbox, provider=bot.control("GET")["provider"], population={"followers": 3})
    user_id = sister.all_user_ids()[0]
    assert bot.push(user_id).status_code == 200
    assert bot.get(f"/v2/bot/profile/{user_id}").status_code == 404
    assert [mail["delivered"] for mail in bot.mail_for(user_id)] == [False]


def test_push_to_an_unknown_or_malformed_id(bot: Bot) -> None:
    unknown, malformed = bot.push(UNKNOWN), bot.push("kutemukan")
    assert (unknown.status_code, unknown.json()) == (400, {"message": "Failed to send messages"})
    assert (malformed.status_code, malformed.json()) == (400, {"message": BAD_TO})


def test_multicast_takes_500_and_one_bad_id_fails_all(bot: Bot) -> None:
    ids = bot.all_user_ids()
    body = {"to": ids, "messages": [text("all")]}
    assert bot.checked("POST", "/v2/bot/message/multicast", body).json() == {}
    assert bot.control("GET", "/messages/summary")["delivered"] == 40
    bad = bot.post("/v2/bot/message/multicast", body | {"to": [ids[0], "nonsense"]})
    expected = "The property, to[1], in the request body is invalid (line: -, column: -)"
    assert (bad.status_code, bad.json()) == (400, {"message": expected})
    for to in ([], ids[:1] * 501):
        refused = bot.post("/v2/bot/message/multicast", body | {"to": to}).json()
        assert refused["details"] == [{"message": "Size must be between 1 and 500", "property": "to"}]
    assert bot.control("GET", "/messages/summary")["requests"] == 1


def test_multicast_to_an_unknown_id_follows_the_switch(bot: Bot) -> None:
    body = {"to": [bot.all_user_ids()[0], UNKNOWN], "messages": [text("x")]}
    assert bot.post("/v2/bot/message/multicast", body).status_code == 200
    bot.change(multicast_unknown="reject")
    assert bot.post("/v2/bot/message/multicast", body).status_code == 400
    assert len(bot.mail_for(body["to"][0])) == 1


def test_reply_token_works_once_within_a_minute(bot: Bot) -> None:
    user_id = bot.friend()
    token = bot.act(user_id, "message", message=text("hi"))["events"][0]["replyToken"]
    body = {"replyToken": token, "messages": [text("welcome")]}
    assert bot.checked("POST", "/v2/bot/message/reply", body).json()["sentMessages"][0]["quoteToken"]
    again = bot.post("/v2/bot/message/reply", body)
    assert (again.status_code, again.json()) == (400, {"message": "Invalid reply token"})
    late = bot.act(user_id, "message", message=text("hi"))["events"][0]["replyToken"]
    bot.server.advance(61)
    assert bot.post("/v2/bot/message/reply", body | {"replyToken": late}).json() == {"message": "Invalid reply token"}
    assert len(bot.mail_for(user_id)) == 1


def test_reply_to_a_group_and_failed_reply_keeps_the_token(bot: Bot) -> None:
    member = bot.friend()
    group = bot.control("POST", "/groups", {"members": [member]})["group_id"]
    token = bot.control("POST", f"/groups/{group}/acts", {"act": "join"})["events"][0]["replyToken"]
    bad = {"replyToken": token, "messages": [text("")]}
    assert bot.post("/v2/bot/message/reply", bad).status_code == 400
    assert bot.post("/v2/bot/message/reply", bad | {"messages": [text("hi")]}).status_code == 200
    assert [mail["delivered"] for mail in bot.mail_for(group)] == [True]
    assert bot.push(group).status_code == 200
    bot.control("POST", f"/groups/{group}/acts", {"act": "leave"})
    assert bot.push(group).json() == {"message": "Failed to send messages"}


def test_flood_to_one_person_is_held_back_where_wanted(bot: Bot) -> None:
    bot.change(limits={"pushes_per_user_minute": 2})
    one, other = bot.friend(), bot.friend()
    assert [bot.push(one).status_code for _ in range(3)] == [200, 200, 429]
    assert bot.push(other).status_code == 200
    bot.server.advance(60)
    assert bot.push(one).status_code == 200


def test_body_that_is_no_json_too_large_or_of_another_type(bot: Bot) -> None:
    path = "/v2/bot/message/push"
    broken = bot.post(path, data=b'{"to":\n "x",,}', headers={"Content-Type": "application/json"})
    expected = "The request body could not be parsed as JSON (line: 2, column: 6)"
    assert (broken.status_code, broken.json()) == (400, {"message": expected})
    plain = bot.post(path, data=b"{}", headers={"Content-Type": "text/plain"})
    assert (plain.status_code, plain.json()) == (415, {"message": "The content type, 'text/plain', is not supported"})
    large = bot.push(bot.friend(), text("x" * 2_200_000))
    assert large.status_code == 413
    assert len({answer.headers["x-line-request-id"] for answer in (broken, plain, large)}) == 3


def test_silent_messages_are_noted_as_silent(bot: Bot) -> None:
    user_id = bot.friend()
    body = {"to": user_id, "messages": [text("psst")], "notificationDisabled": True}
    bot.post("/v2/bot/message/push", body)
    assert bot.mail_for(user_id)[0]["notification_disabled"]
    assert bot.post("/v2/bot/message/push", body | {"notificationDisabled": "yes"}).status_code == 400

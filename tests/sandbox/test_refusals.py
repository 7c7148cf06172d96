"""How each operation refuses: statuses and bodies as LINE documents them, operation by operation."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from tests.sandbox.bots import SPEC, Bot, text
from tests.support.contract import ROOT, check_response, has_specs

PERSON = "U" + "9" * 32
GROUP, ROOM = "C" + "9" * 32, "R" + "9" * 32
NOT_FOUND = {"message": "Not found"}
CONTENT = "/v2/bot/message/1/content"


def parameter(name: str) -> dict[str, Any]:
    return {"message": f"The value for the '{name}' parameter is invalid"}


def body(name: str) -> dict[str, Any]:
    return {"message": f"The property, {name}, in the request body is invalid (line: -, column: -)"}


def details(*found: tuple[str, str]) -> dict[str, Any]:
    listed = [{"message": message, "property": name} for name, message in found]
    return {"message": f"The request body has {len(found)} error(s)", "details": listed}


EMPTY = "May not be empty"
NO_USER = "Only user id is acceptable, please confirm if there are any group/room ids or illegal ids."
NO_READ_TOKEN = "Invalid markAsReadToken. Tokens must be used by the bot that received them via Webhook."
SECONDS = ("loadingSeconds", "Must be between 5 and 60"), ("loadingSeconds", "must be a multiple of five")
HELLO = [text("hello")]

# Method, path, request body, status, body of the answer.
REFUSALS: list[tuple[str, str, Any, int, dict[str, Any]]] = [
    ("GET", "/v2/bot/profile/U1", None, 400, parameter("userId")),
    ("GET", f"/v2/bot/profile/{PERSON}", None, 404, NOT_FOUND),
    ("GET", "/v2/bot/followers/ids?start=x", None, 400, {"message": "Invalid start param"}),
    ("GET", "/v2/bot/message/aggregation/list?start=x", None, 400, {"message": "Invalid start param"}),
    ("GET", "/v2/bot/message/delivery/push?date=2026", None, 400, parameter("date")),
    ("GET", "/v2/bot/message/delivery/reply", None, 400, parameter("date")),
    ("GET", "/v2/bot/group/C1/summary", None, 400, parameter("groupId")),
    ("GET", f"/v2/bot/group/{GROUP}/summary", None, 404, NOT_FOUND),
    ("GET", f"/v2/bot/group/{ROOM}/members/count", None, 400, parameter("groupId")),
    ("GET", f"/v2/bot/group/{GROUP}/member/U1", None, 400, parameter("userId")),
    ("POST", f"/v2/bot/group/{GROUP}/leave", None, 404, NOT_FOUND),
    ("GET", f"/v2/bot/room/{GROUP}/members/ids", None, 400, parameter("roomId")),
    ("GET", f"/v2/bot/room/{ROOM}/member/{PERSON}", None, 404, NOT_FOUND),
    ("POST", f"/v2/bot/room/{ROOM}/leave", None, 404, NOT_FOUND),
    ("GET", "/v2/bot/channel/webhook/endpoint", None, 404, {"message": "Webhook endpoint not found"}),
    ("PUT", "/v2/bot/channel/webhook/endpoint", {"endpoint": "x"}, 400, {"message": "Invalid webhook endpoint URL"}),
    ("POST", "/v2/bot/channel/webhook/test", {}, 404, {"message": "Webhook endpoint not found"}),
    ("GET", CONTENT, None, 404, {"message": "not found"}),
    ("GET", f"{CONTENT}/preview", None, 404, {"message": "not found"}),
    ("GET", f"{CONTENT}/transcoding", None, 404, {"message": "not found"}),
    ("POST", "/v2/bot/chat/loading/start", {}, 400, details(("chatId", EMPTY))),
    ("POST", "/v2/bot/chat/loading/start", {"chatId": GROUP}, 400, details(("chatId", NO_USER))),
    ("POST", "/v2/bot/chat/loading/start", {"chatId": PERSON, "loadingSeconds": 61}, 400, details(*SECONDS)),
    ("POST", "/v2/bot/chat/markAsRead", {"markAsReadToken": "x"}, 400, {"message": NO_READ_TOKEN}),
    ("POST", "/v2/bot/message/markAsRead", {"chat": {"userId": "U1"}}, 400, body("'chat.chatId'")),
    ("POST", f"/v2/bot/user/{PERSON}/linkToken", None, 404, NOT_FOUND),
    ("POST", "/v2/bot/message/push", {"to": "U1", "messages": HELLO}, 400, body("'to'")),
    ("POST", "/v2/bot/message/push", {"messages": HELLO}, 400, body("'to'")),
    ("POST", "/v2/bot/message/push", {"to": PERSON, "messages": HELLO}, 400, {"message": "Failed to send messages"}),
    ("POST", "/v2/bot/message/push", {"to": PERSON}, 400, details(("messages", EMPTY))),
    ("POST", "/v2/bot/message/multicast", {"to": [PERSON, "U1"], "messages": HELLO}, 400, body("to[1]")),
    ("POST", "/v2/bot/message/multicast", {"to": [PERSON, GROUP], "messages": HELLO}, 400, body("to[1]")),
    ("POST", "/v2/bot/message/reply", {"messages": HELLO}, 400, details(("replyToken", EMPTY))),
    ("POST", "/v2/bot/message/reply", {"replyToken": "x", "messages": HELLO}, 400, {"message": "Invalid reply token"}),
    (
        "POST",
        "/v2/bot/message/validate/push",
        {"messages": [text("")]},
        400,
        details(("messages[0].text", EMPTY)),
    ),
    (
        "POST",
        "/v2/bot/message/validate/push",
        {"messages": [{"type": "file", "originalContentUrl": "https://example.com/a.txt"}]},
        400,
        details(("messages[0]", "This message type is not available for your account")),
    ),
    ("GET", "/v2/bot/nothing", None, 404, NOT_FOUND),
]


@pytest.mark.parametrize(("method", "path", "sent", "status", "answered"), REFUSALS)
def test_refusals(bot: Bot, method: str, path: str, sent: Any, status: int, answered: dict[str, Any]) -> None:
    answer = bot.call(method, path, sent)
    assert (answer.status_code, answer.json()) == (status, answered)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.headers["x-line-request-id"])
    if has_specs() and path != "/v2/bot/nothing":
        check_response(SPEC, method, path, answer.status_code, answer.json())


def test_only_video_and_audio_are_prepared_and_previews_are_of_pictures(bot: Bot) -> None:
    event = bot.act(bot.friend(), "message", message={"type": "file", "fileName": "a.txt"})["events"][0]
    path = f"/v2/bot/message/{event['message']['id']}/content"
    refused = [bot.get(f"{path}/{part}") for part in ("transcoding", "preview")]
    assert [(answer.status_code, answer.json()["message"]) for answer in refused] == [
        (400, "Transcoding status doesn't support this type of content"),
        (400, "The content can not be previewed"),
    ]


def test_a_bot_cannot_write_to_itself(bot: Bot) -> None:
    answer = bot.push(bot.control("GET")["bot_user_id"])
    assert (answer.status_code, answer.json()) == (400, {"message": "You can't send messages to yourself"})


def test_a_name_in_braces_that_can_be_none(bot: Bot) -> None:
    answer = bot.post("/v2/bot/message/validate/push", {"messages": [{"type": "textV2", "text": "{!owe} unpaid"}]})
    words = "The key '!owe' enclosed in '{}' does not match the pattern '^[a-zA-Z0-9_]{1,20}$'."
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "message": "A message (messages[0]) in the request body is invalid",
            "details": [{"message": words, "property": "text"}],
        },
    )


@pytest.mark.parametrize("path", ["push", "multicast", "reply", "validate/reply"])
def test_other_content_types_and_broken_bodies(bot: Bot, path: str) -> None:
    form = bot.post(f"/v2/bot/message/{path}", data={"to": "x"})
    sentence = "The content type, 'application/x-www-form-urlencoded', is not supported"
    assert (form.status_code, form.json()) == (415, {"message": sentence})
    headers = {"Content-Type": "application/json; charset=utf-8"}
    for sent in ("{", "[]", ""):
        broken = bot.post(f"/v2/bot/message/{path}", data=sent.encode(), headers=headers)
        assert broken.status_code == 400
        assert broken.json()["message"].startswith("The request body could not be parsed as JSON (line: ")


def test_unknown_fields_and_parameters_are_ignored(bot: Bot) -> None:
    to = bot.friend()
    sent = {"to": to, "messages": [{**text("hello"), "colour": "red"}], "colour": "red"}
    assert bot.post("/v2/bot/message/push?colour=red", sent).status_code == 200
    assert bot.get("/v2/bot/followers/ids?colour=red").status_code == 200


@pytest.mark.parametrize("value", [None, "", "Basic abc", "Bearer", "bearer abc"])
def test_without_a_token(bot: Bot, value: str | None) -> None:
    headers = {} if value is None else {"Authorization": value}
    answer = bot.server_request("GET", "/v2/bot/info", headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json")
    assert answer.json()["message"].startswith("Authorization header required.")
    assert answer.headers["x-line-request-id"]


def test_with_a_token_that_is_unknown(bot: Bot) -> None:
    answer = bot.server_request("GET", "/v2/bot/info", {"Authorization": "Bearer abc"})
    assert answer.status_code == 401
    assert answer.json()["message"].startswith("Authentication failed due to the following reason: invalid token.")


DOCUMENTED = re.compile(
    r"(?:The request body has (?:1|\{\}) error|The property, |A message \(|The content type, |"
    r"The request body could not|"
    r"(?:Not|not) found|Webhook endpoint not found|"
    r"(?:richmenu|richmenu alias) not found|conflict richmenu alias id|An image has already been uploaded|"
    r"the richmenu is owned by another channel|no default richmenu|the user has no richmenu|"
    r"You can't send|Invalid |The content is gone|The content can not be previewed|Transcoding status doesn't|"
    r"Cannot find channel key|May not be empty|must be specified|Must not be specified|must be a multiple of five|"
    r"must be non-empty text|At least one block must be specified|(?:Size|Length) must be between|Must be between|"
    r"Must be one of the following values|invalid (?:uri|uri scheme|property)|This message type is not available)"
)
SAYING = {"LineError": 1, "add": 1, "fault": 1}


def test_sentences_that_are_ours_stand_in_one_table() -> None:
    """Every sentence that is written where it is used is one of LINE's; the others have names."""
    said = 0
    for path in sorted((ROOT / "sandbox" / "line").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node, "func", None)
            place = SAYING.get(getattr(name, "attr", getattr(name, "id", "")))
            if place is None or not isinstance(node, ast.Call) or len(node.args) <= place:
                continue
            for words in _sentences(node.args[place]):
                said += 1
                assert DOCUMENTED.match(words), f"{path.name}: {words}"
    assert said > 30


def _sentences(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_sentences(node.body), *_sentences(node.orelse)]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []

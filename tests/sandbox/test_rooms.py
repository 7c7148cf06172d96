"""Rooms, which LINE calls multi-person chats: like groups, but without a name, and joined with the first event."""

from __future__ import annotations

import pytest

from tests.sandbox.bots import Bot, text
from tests.support.receiver import WebhookReceiver
from tests.support.sandbox import SandboxError, SandboxServer

NOWHERE = "R" + "0" * 32


def make_room(bot: Bot, members: list[str], *, joined: bool = True) -> str:
    room = str(bot.control("POST", "/groups", {"kind": "room", "members": members})["group_id"])
    if joined:
        bot.control("POST", f"/groups/{room}/acts", {"act": "join"})
    return room


def test_a_member_bot_learns_who_is_in_the_room(bot: Bot) -> None:
    members = bot.all_user_ids()[:3]
    room = make_room(bot, members)
    assert bot.checked("GET", f"/v2/bot/room/{room}/members/count").json() == {"count": 3}
    assert bot.checked("GET", f"/v2/bot/room/{room}/members/ids").json() == {"memberIds": members}
    profile = bot.checked("GET", f"/v2/bot/room/{room}/member/{members[0]}").json()
    assert profile["userId"] == members[0]
    assert "language" not in profile
    assert bot.get(f"/v2/bot/room/{room}/summary").status_code == 404


def test_an_unverified_account_may_not_list_members(line_sandbox: SandboxServer) -> None:
    bot = Bot.open(line_sandbox, population={"followers": 3}, kind="unverified")
    room = make_room(bot, [bot.friend()])
    assert bot.checked("GET", f"/v2/bot/room/{room}/members/ids").status_code == 403
    assert bot.get(f"/v2/bot/room/{room}/members/count").status_code == 200


@pytest.mark.parametrize("path", ["members/count", "members/ids", "member/{user}"])
def test_outside_of_a_room_it_does_not_exist(bot: Bot, path: str) -> None:
    user = bot.friend()
    group = str(bot.control("POST", "/groups", {"members": [user]})["group_id"])
    bot.control("POST", f"/groups/{group}/acts", {"act": "join"})
    rooms = {make_room(bot, [user], joined=False): 404, NOWHERE: 404, group: 400, "R1": 400}
    statuses = {room: bot.get(f"/v2/bot/room/{room}/{path.format(user=user)}").status_code for room in rooms}
    assert statuses == rooms


def test_joining_is_told_with_the_first_event(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    member = listening_bot.friend()
    room = make_room(listening_bot, [member])
    assert listening_bot.control("GET", "/webhooks")["webhooks"] == []
    message = {"act": "message", "user_id": member, "message": text("hi"), "wait": 10}
    for _ in range(2):
        listening_bot.control("POST", f"/groups/{room}/acts", message)
    bare, whole = {"type": "room", "roomId": room}, {"type": "room", "roomId": room, "userId": member}
    told = [(event["type"], event["source"]) for event in receiver.events]
    assert told == [("join", bare), ("message", whole), ("message", whole)]
    assert listening_bot.post("/v2/bot/message/push", {"to": room, "messages": [text("hello")]}).status_code == 200


def test_leaving_is_told_and_no_error_when_repeated(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    member = listening_bot.friend()
    room = make_room(listening_bot, [member])
    joined = {"act": "member-joined", "user_ids": [listening_bot.friend()], "wait": 10}
    listening_bot.control("POST", f"/groups/{room}/acts", joined)
    for left, status in ((room, 200), (room, 200), (NOWHERE, 404)):
        assert listening_bot.checked("POST", f"/v2/bot/room/{left}/leave").status_code == status
    refused = listening_bot.post("/v2/bot/room/R1/leave")
    assert (refused.status_code, refused.json()["message"]) == (400, "The value for the 'roomId' parameter is invalid")
    listening_bot.control("POST", "/webhooks/wait", {})
    assert [event["type"] for event in receiver.events] == ["join", "memberJoined", "leave"]
    refused = listening_bot.push(room)
    assert (refused.status_code, refused.json()["message"]) == (400, "Failed to send messages")


def test_nothing_is_edited_in_a_room_and_other_kinds_are_refused(bot: Bot) -> None:
    member = bot.friend()
    path = f"/groups/{make_room(bot, [member])}/acts"
    said = bot.control("POST", path, {"act": "message", "user_id": member, "message": text("hi")})["events"][-1]
    with pytest.raises(SandboxError, match="groups only"):
        bot.control("POST", path, {"act": "edit", "messageId": said["message"]["id"], "text": "x"})
    assert bot.control("POST", path, {"act": "unsend", "messageId": said["message"]["id"]})["events"]
    with pytest.raises(SandboxError, match="kind"):
        bot.control("POST", "/groups", {"kind": "club"})

"""Groups: what a member bot may know, and who may list members."""

import pytest

from tests.sandbox.bots import Bot, text
from tests.support.receiver import WebhookReceiver
from tests.support.sandbox import SandboxError, SandboxServer

NOWHERE = "C" + "0" * 32


def make_group(bot: Bot, members: list[str], *, joined: bool = True) -> str:
    group = str(bot.control("POST", "/groups", {"name": "常連さん", "members": members})["group_id"])
    if joined:
        bot.control("POST", f"/groups/{group}/acts", {"act": "join"})
    return group


def test_member_bot_learns_about_the_group(bot: Bot) -> None:
    members = bot.all_user_ids()[:3]
    group = make_group(bot, members)
    summary = bot.checked("GET", f"/v2/bot/group/{group}/summary").json()
    assert (summary["groupId"], summary["groupName"]) == (group, "常連さん")
    assert bot.checked("GET", f"/v2/bot/group/{group}/members/count").json() == {"count": 3}
    profile = bot.checked("GET", f"/v2/bot/group/{group}/member/{members[0]}").json()
    assert profile["userId"] == members[0]
    assert "language" not in profile


def test_member_profile_ignores_blocks_but_not_membership(bot: Bot) -> None:
    blocker, outsider = bot.friend(state="blocked"), bot.friend()
    group = make_group(bot, [blocker])
    assert bot.get(f"/v2/bot/group/{group}/member/{blocker}").status_code == 200
    assert bot.get(f"/v2/bot/group/{group}/member/{outsider}").status_code == 404
    assert bot.get(f"/v2/bot/group/{group}/member/x").status_code == 400


def test_member_ids_come_in_pages_of_a_hundred(line_sandbox: SandboxServer) -> None:
    bot = Bot.open(line_sandbox, population={"followers": 230})
    members = bot.all_user_ids()
    group = make_group(bot, members)
    found, start = [], ""
    while True:
        page = bot.checked("GET", f"/v2/bot/group/{group}/members/ids{start}").json()
        assert len(page["memberIds"]) <= 100
        found += page["memberIds"]
        if "next" not in page:
            break
        start = f"?start={page['next']}"
    assert found == members
    followers_token = bot.user_ids(10)[1]
    assert bot.get(f"/v2/bot/group/{group}/members/ids?start={followers_token}").status_code == 400
    bot.change(kind="unverified")
    assert bot.get(f"/v2/bot/group/{group}/members/ids").status_code == 403


def test_outside_of_a_group_it_does_not_exist(bot: Bot) -> None:
    group = make_group(bot, bot.all_user_ids()[:2], joined=False)
    for group_id, status in ((group, 404), (NOWHERE, 404), ("C1", 400)):
        for path in ("summary", "members/count", "members/ids", f"member/{bot.all_user_ids()[0]}"):
            assert bot.get(f"/v2/bot/group/{group_id}/{path}").status_code == status
        assert bot.post(f"/v2/bot/group/{group_id}/leave").status_code == status


def test_a_bot_that_leaves_is_told_so(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    group = make_group(listening_bot, listening_bot.all_user_ids()[:2])
    listening_bot.control("POST", "/webhooks/wait", {})
    assert [event["type"] for event in receiver.events] == ["join"]
    assert listening_bot.checked("POST", f"/v2/bot/group/{group}/leave").json() == {}
    assert listening_bot.get(f"/v2/bot/group/{group}/summary").status_code == 404
    listening_bot.control("POST", "/webhooks/wait", {})
    assert [event["type"] for event in receiver.events] == ["join", "leave"]
    assert receiver.events[1]["source"] == {"type": "group", "groupId": group}


def test_events_tell_the_group_and_only_messages_the_person(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    member = listening_bot.friend()
    group = make_group(listening_bot, [member])
    path = f"/groups/{group}/acts"
    message = {"act": "message", "user_id": member, "message": text("hi"), "wait": 10}
    spoken = listening_bot.control("POST", path, message)["events"][0]
    listening_bot.control("POST", path, {"act": "postback", "user_id": member, "data": "x", "wait": 10})
    listening_bot.control("POST", path, {"act": "unsend", "messageId": spoken["message"]["id"], "wait": 10})
    sources = [event["source"] for event in receiver.events]
    whole, bare = {"type": "group", "groupId": group, "userId": member}, {"type": "group", "groupId": group}
    assert sources == [bare, whole, bare, whole]


def test_a_text_is_edited_under_its_id(listening_bot: Bot, receiver: WebhookReceiver) -> None:
    member = listening_bot.friend()
    path = f"/groups/{make_group(listening_bot, [member])}/acts"
    said = {"act": "message", "user_id": member, "message": text("first words"), "wait": 10}
    spoken = listening_bot.control("POST", path, said)["events"][0]
    number = spoken["message"]["id"]
    listening_bot.control("POST", path, {"act": "edit", "messageId": number, "text": "new words", "wait": 10})
    edited = receiver.events[-1]
    assert (edited["type"], edited["source"]["userId"]) == ("messageEdited", member)
    assert (edited["message"]["id"], edited["message"]["text"]) == (number, "new words")
    assert edited["replyToken"] != spoken["replyToken"]


def test_only_its_writer_changes_a_message_and_never_to_nothing(bot: Bot) -> None:
    writer, other = bot.friend(), bot.friend()
    path = f"/groups/{make_group(bot, [writer, other])}/acts"
    said = bot.control("POST", path, {"act": "message", "user_id": writer, "message": text("mine")})["events"][0]
    number = said["message"]["id"]
    for act in ({"act": "edit", "text": "yours"}, {"act": "unsend"}):
        with pytest.raises(SandboxError, match="Only the one who wrote"):
            bot.control("POST", path, {**act, "user_id": other, "messageId": number})
    with pytest.raises(SandboxError, match="must not be empty"):
        bot.control("POST", path, {"act": "edit", "messageId": number, "text": " "})


def test_each_edition_has_a_quote_token_of_its_own(bot: Bot) -> None:
    writer = bot.friend()
    group = make_group(bot, [writer])
    path = f"/groups/{group}/acts"
    said = bot.control("POST", path, {"act": "message", "user_id": writer, "message": text("one")})["events"][0]
    number, tokens = said["message"]["id"], {said["message"]["quoteToken"]}
    for words in ("two", "three"):
        edited = bot.control("POST", path, {"act": "edit", "messageId": number, "text": words})["events"][0]
        assert "markAsReadToken" not in edited["message"]
        tokens.add(edited["message"]["quoteToken"])
    assert len(tokens) == 3
    for token in tokens:
        assert bot.push(group, text("about that") | {"quoteToken": token}).status_code == 200


def test_acts_that_cannot_be_are_refused(bot: Bot) -> None:
    member, stranger = bot.friend(), bot.friend()
    group = make_group(bot, [member], joined=False)
    for act in (
        {"act": "message", "user_id": member, "message": text("no one hears")},
        {"act": "leave"},
    ):
        with pytest.raises(SandboxError, match="not in this group"):
            bot.control("POST", f"/groups/{group}/acts", act)
    bot.control("POST", f"/groups/{group}/acts", {"act": "join"})
    for act in (
        {"act": "join"},
        {"act": "message", "user_id": stranger, "message": text("x")},
        {"act": "member-joined", "user_ids": [member]},
        {"act": "member-left", "user_ids": [stranger]},
        {"act": "unsend", "messageId": "1"},
        {"act": "edit", "messageId": "1", "text": "x"},
    ):
        with pytest.raises(SandboxError) as refused:
            bot.control("POST", f"/groups/{group}/acts", act)
        assert refused.value.status == 409
    with pytest.raises(SandboxError, match="must be one of"):
        bot.control("POST", f"/groups/{group}/acts", {"act": "dance"})

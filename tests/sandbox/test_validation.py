"""Message objects: every type passes when right, and is refused in LINE's words when wrong."""

from typing import Any

import pytest

from tests.sandbox.bots import Bot, text

IMAGE = "https://example.com/a.png"
POSTBACK = {"type": "postback", "label": "Buy", "data": "buy=1"}
MESSAGE = {"type": "message", "label": "Yes", "text": "yes"}
URI = {"type": "uri", "label": "Web", "uri": "https://example.com"}
AREA = {"x": 0, "y": 0, "width": 520, "height": 520}


def bubble(*contents: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": list(contents)}} | more


def flex(contents: dict[str, Any]) -> dict[str, Any]:
    return {"type": "flex", "altText": "menu", "contents": contents}


def template(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "template", "altText": "menu", "template": {"type": kind, **fields}}


def column(**fields: Any) -> dict[str, Any]:
    return {"text": "Latte", "actions": [POSTBACK]} | fields


def quick(*actions: dict[str, Any]) -> dict[str, Any]:
    items = [{"type": "action", "action": action} for action in actions]
    return text("Choose") | {"quickReply": {"items": items}}


GOOD = [
    text("x" * 5000),
    text("☕" * 5000),
    text("$ hello") | {"emojis": [{"index": 0, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}]},
    {
        "type": "textV2",
        "text": "Hi {who} {{literally}}",
        "substitution": {"who": {"type": "emoji", "productId": "5ac1", "emojiId": "002"}},
    },
    {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    {"type": "image", "originalContentUrl": IMAGE, "previewImageUrl": IMAGE},
    {"type": "image", "originalContentUrl": "http://127.0.0.1:8000/a.png", "previewImageUrl": IMAGE},
    {"type": "video", "originalContentUrl": IMAGE, "previewImageUrl": IMAGE, "trackingId": "campaign-1.a"},
    {"type": "audio", "originalContentUrl": IMAGE, "duration": 60000},
    {"type": "location", "title": "店", "address": "東京", "latitude": 35.6, "longitude": 139.7},
    {"type": "coupon", "couponId": "01JAAA"},
    {
        "type": "imagemap",
        "baseUrl": "https://example.com/map",
        "altText": "map",
        "baseSize": {"width": 1040, "height": 1040},
        "actions": [
            {"type": "uri", "linkUri": "https://example.com", "area": AREA},
            {"type": "message", "text": "left", "area": AREA},
        ],
        "video": {"originalContentUrl": IMAGE, "previewImageUrl": IMAGE, "area": AREA},
    },
    template("buttons", text="x" * 160, actions=[POSTBACK, MESSAGE, URI]),
    template("buttons", title="t" * 40, text="x" * 60, thumbnailImageUrl=IMAGE, actions=[POSTBACK], defaultAction=URI),
    template("confirm", text="Sure?", actions=[MESSAGE, POSTBACK]),
    template("carousel", columns=[column(text="x" * 120), column(actions=[URI])]),
    template("image_carousel", columns=[{"imageUrl": IMAGE, "action": {**URI, "label": "x" * 12}}]),
    flex(bubble({"type": "text", "text": "hello"}, {"type": "button", "action": URI}, {"type": "separator"})),
    flex({"type": "carousel", "contents": [bubble({"type": "text", "text": str(number)}) for number in range(12)]}),
    flex(bubble({"type": "box", "layout": "baseline", "contents": [{"type": "icon", "url": IMAGE}]})),
    flex({"type": "bubble", "hero": {"type": "image", "url": IMAGE}, "size": "giga"}),
    flex(bubble({"type": "text", "contents": [{"type": "span", "text": "bold", "weight": "bold"}]})),
    quick(MESSAGE, POSTBACK, {"type": "camera", "label": "Snap"}, {"type": "location", "label": "Here"}),
    text("Hi") | {"sender": {"name": "Online shop", "iconUrl": IMAGE}},
]


@pytest.mark.parametrize("message", GOOD, ids=lambda message: message["type"])
def test_good_messages_pass_here_and_in_the_description(bot: Bot, message: dict[str, Any]) -> None:
    body = {"messages": [message]}
    answer = bot.checked("POST", "/v2/bot/message/validate/push", body)
    assert (answer.status_code, answer.json()) == (200, {})


# What is wrong: the message, the property and LINE's complaint.
BAD = [
    (text(""), "text", "May not be empty"),
    ({"type": "text"}, "text", "May not be empty"),
    (text("x" * 5001), "text", "Length must be between 0 and 5000"),
    (text("😀" * 2501), "text", "Length must be between 0 and 5000"),
    (text("no dollar") | {"emojis": [{"index": 0, "productId": "a", "emojiId": "b"}]}, "emojis[0].index", None),
    ({"type": "textV2", "text": "Hi {who}"}, "text", None),
    ({"type": "sticker", "packageId": "446"}, "stickerId", "May not be empty"),
    ({"type": "image", "originalContentUrl": IMAGE}, "previewImageUrl", "May not be empty"),
    (
        {"type": "image", "originalContentUrl": "http://example.com/a.png", "previewImageUrl": IMAGE},
        None,
        "invalid uri",
    ),
    (
        {"type": "image", "originalContentUrl": f"{IMAGE}?{'x' * 2000}", "previewImageUrl": IMAGE},
        "originalContentUrl",
        "Length must be between 0 and 2000",
    ),
    ({"type": "video", "originalContentUrl": IMAGE, "previewImageUrl": IMAGE, "trackingId": "a b"}, "trackingId", None),
    ({"type": "audio", "originalContentUrl": IMAGE}, "duration", "May not be empty"),
    (
        {"type": "location", "title": "x" * 101, "address": "y", "latitude": 1, "longitude": 1},
        "title",
        "Length must be between 0 and 100",
    ),
    ({"type": "location", "title": "x", "address": "y", "latitude": 91, "longitude": 1}, "latitude", None),
    (
        {"type": "imagemap", "baseUrl": IMAGE, "altText": "m", "baseSize": {"width": 500, "height": 1}, "actions": []},
        "baseSize.width",
        "Must be one of the following values: [1040]",
    ),
    (template("buttons", text="x" * 161, actions=[URI]), "template.text", "Length must be between 0 and 160"),
    (template("buttons", title="t", text="x" * 61, actions=[URI]), "template.text", "Length must be between 0 and 60"),
    (template("buttons", text="x", actions=[URI] * 5), "template.actions", "Size must be between 1 and 4"),
    (template("confirm", text="x", actions=[URI]), "template.actions", "Size must be between 2 and 2"),
    (template("carousel", columns=[column()] * 11), "template.columns", "Size must be between 1 and 10"),
    (
        template("carousel", columns=[column(actions=[URI] * 4)]),
        "template.columns[0].actions",
        "Size must be between 1 and 3",
    ),
    (
        template("image_carousel", columns=[{"imageUrl": IMAGE, "action": {**URI, "label": "x" * 13}}]),
        "template.columns[0].action.label",
        "Length must be between 0 and 12",
    ),
    (
        template("buttons", text="x", actions=[{**URI, "label": "x" * 21}]),
        "template.actions[0].label",
        "Length must be between 0 and 20",
    ),
    (
        template("buttons", text="x", actions=[{**URI, "uri": "javascript:alert(1)"}]),
        "template.actions[0].uri",
        "invalid uri",
    ),
    (
        template("buttons", text="x", actions=[{**POSTBACK, "data": "x" * 301}]),
        "template.actions[0].data",
        "Length must be between 0 and 300",
    ),
    (
        template("buttons", text="x", actions=[{"type": "camera", "label": "x"}]),
        "template.actions[0].type",
        "Must be one of the following values: [postback, message, uri, datetimepicker, clipboard]",
    ),
    (quick({"type": "message", "label": "x"}), "quickReply.items[0].action.text", "must be specified"),
    (quick(*[MESSAGE] * 14), "quickReply.items", "Size must be between 1 and 13"),
    (quick({**MESSAGE, "label": None}), "quickReply.items[0].action.label", "must be specified"),
    (text("x") | {"sender": {"name": "LINE team"}}, "sender.name", None),
    (text("x") | {"sender": {"name": "x" * 21}}, "sender.name", "Length must be between 0 and 20"),
    (
        {"type": "poem"},
        "type",
        "Must be one of the following values: [text, textV2, sticker, image, video, audio, location, imagemap, "
        "template, flex, coupon]",
    ),
]


@pytest.mark.parametrize(("message", "where", "complaint"), BAD)
def test_bad_messages_name_the_property(bot: Bot, message: dict[str, Any], where: str | None, complaint: str) -> None:
    user_id = bot.friend()
    for answer in (
        bot.post("/v2/bot/message/validate/reply", {"messages": [text("fine"), message]}),
        bot.push(user_id, text("fine"), message),
    ):
        assert answer.status_code == 400
        body = answer.json()
        assert body["message"] == "The request body has 1 error(s)"
        (detail,) = body["details"]
        assert where is None or detail["property"] == f"messages[1].{where}"
        assert complaint is None or detail["message"] == complaint
    assert bot.mail_for(user_id) == []


def test_all_mistakes_are_listed_together(bot: Bot) -> None:
    answer = bot.push(bot.friend(), text(""), {"type": "nope"}).json()
    assert answer["message"] == "The request body has 2 error(s)"
    assert [detail["property"] for detail in answer["details"]] == ["messages[0].text", "messages[1].type"]


@pytest.mark.parametrize(
    ("messages", "complaint"), [([], "Size must be between 1 and 5"), ([text("x")] * 6, "Size must be between 1 and 5")]
)
def test_one_to_five_messages(bot: Bot, messages: list[Any], complaint: str) -> None:
    answer = bot.post("/v2/bot/message/validate/multicast", {"messages": messages}).json()
    assert answer["details"] == [{"message": complaint, "property": "messages"}]


@pytest.mark.parametrize("messages", ["hello", [7], [text("x") | {"text": 7}], [text("x") | {"quickReply": []}]])
def test_wrong_json_types(bot: Bot, messages: Any) -> None:
    answer = bot.post("/v2/bot/message/validate/push", {"messages": messages})
    assert answer.status_code == 400
    assert "in the request body is invalid (line: -, column: -)" in answer.json()["message"]


BAD_FLEX = [
    ({"type": "flex"}, "/type", "invalid property"),
    ({"type": "bubble"}, "/", "At least one block must be specified"),
    (bubble({"type": "wheel"}), "/body/contents/0", "invalid property"),
    (bubble({"type": "text", "text": "x", "colour": "red"}), "/body/contents/0/colour", "invalid property"),
    (bubble({"type": "text", "text": ""}), "/body/contents/0/text", "must be non-empty text"),
    (bubble({"type": "text", "text": "x"}, size="huge"), "/size", "invalid property"),
    (bubble({"type": "icon", "url": IMAGE}), "/body/contents/0", "invalid property"),
    (bubble({"type": "image", "url": "ftp://x"}), "/body/contents/0/url", "invalid uri scheme"),
    (bubble({"type": "button"}), "/body/contents/0/action", "must be specified"),
    (
        bubble({"type": "button", "action": {**URI, "label": "x" * 41}}),
        "/body/contents/0/action/label",
        "Length must be between 0 and 40",
    ),
    ({"type": "carousel", "contents": [bubble()] * 13}, "/contents", "size must be between 1 and 12"),
    (
        {"type": "carousel", "contents": [bubble(size="nano"), bubble(size="giga")]},
        "/contents",
        "all bubbles must have the same size",
    ),
    (bubble(*[{"type": "text", "text": "x" * 900}] * 40), "/", "must be no more than 30720 bytes"),
]


@pytest.mark.parametrize(("contents", "pointer", "complaint"), BAD_FLEX)
def test_bad_flex_is_answered_with_a_json_pointer(
    bot: Bot, contents: dict[str, Any], pointer: str, complaint: str
) -> None:
    answer = bot.post("/v2/bot/message/validate/push", {"messages": [flex(contents)]})
    assert answer.status_code == 400
    assert answer.json()["message"] == "A message (messages[0]) in the request body is invalid"
    assert {"message": complaint, "property": pointer} in answer.json()["details"]


def test_columns_must_have_equally_many_actions(bot: Bot) -> None:
    columns = [column(), column(actions=[POSTBACK, URI])]
    answer = bot.post("/v2/bot/message/validate/push", {"messages": [template("carousel", columns=columns)]})
    assert answer.json() == {"message": "A message (messages[0]) in the request body is invalid"}


def test_some_messages_only_fit_some_chats(bot: Bot) -> None:
    member = bot.friend()
    group = bot.control("POST", "/groups", {"members": [member]})["group_id"]
    bot.control("POST", f"/groups/{group}/acts", {"act": "join"})
    tracked = {"type": "video", "originalContentUrl": IMAGE, "previewImageUrl": IMAGE, "trackingId": "t"}
    mention = {"type": "mention", "mentionee": {"type": "all"}}
    calling = {"type": "textV2", "text": "Hey {all}", "substitution": {"all": mention}}
    assert [bot.push(chat, tracked).status_code for chat in (member, group)] == [200, 400]
    assert [bot.push(chat, calling).status_code for chat in (member, group)] == [400, 200]

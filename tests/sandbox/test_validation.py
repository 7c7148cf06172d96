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


VIDEO = {
    **{"type": "video", "url": IMAGE, "previewUrl": IMAGE, "aspectRatio": "16:9"},
    "altContent": {"type": "image", "url": IMAGE},
}
GRADIENT = {"type": "linearGradient", "angle": "45.5deg", "startColor": "#000000", "endColor": "#ffffff"}
GOOD = [
    text("x" * 5000),
    text("☕" * 5000),
    text("$ hello") | {"emojis": [{"index": 0, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}]},
    {
        "type": "textV2",
        "text": "Hi {who} {{literally}}",
        "substitution": {"who": {"type": "emoji", "productId": "5ac21a8c040ab15980c9b43f", "emojiId": "149"}},
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
    {"type": "sticker", "packageId": "11539", "stickerId": "52114149"},
    template(
        "carousel", columns=[column(title="a", thumbnailImageUrl=IMAGE), column(title="b", thumbnailImageUrl=IMAGE)]
    ),
    flex({"type": "bubble", "hero": VIDEO}),
    flex({"type": "bubble", "hero": VIDEO, "size": "kilo"}),
    flex(
        bubble(
            {
                **{"type": "box", "layout": "horizontal", "contents": [], "spacing": "12px", "margin": "none"},
                **{"paddingAll": "5%", "offsetTop": "-4.5px", "cornerRadius": "xxl", "borderWidth": "semi-bold"},
                **{"borderColor": "#00ff0080", "width": "50%", "maxHeight": "80px", "justifyContent": "space-evenly"},
                **{"alignItems": "flex-end", "flex": 0, "background": GRADIENT},
            },
            {
                "type": "text",
                "text": "x",
                "size": "5xl",
                "color": "#aAbB01",
                "wrap": True,
                "maxLines": 2,
                "margin": "md",
            },
            {"type": "text", "text": "x", "lineSpacing": "6px", "adjustMode": "shrink-to-fit", "style": "italic"},
            {"type": "image", "url": IMAGE, "size": "full", "aspectRatio": "1.91:1", "animated": True},
            {"type": "image", "url": IMAGE, "size": "33%", "aspectRatio": "1:3", "aspectMode": "cover"},
            {"type": "button", "action": URI, "style": "primary", "height": "sm", "color": "#000000"},
            styles={"body": {"backgroundColor": "#ffffff", "separator": True, "separatorColor": "#eeeeee"}},
        )
    ),
]


@pytest.mark.parametrize("message", GOOD, ids=lambda message: message["type"])
def test_good_messages_pass_here_and_in_the_description(bot: Bot, message: dict[str, Any]) -> None:
    bot.change(coupons=["01JAAA"])
    body = {"messages": [message]}
    answer = bot.checked("POST", "/v2/bot/message/validate/push", body)
    assert (answer.status_code, answer.json()) == (200, {})


# What is wrong: the message, the property and LINE's complaint.
BAD = [
    (text(""), "text", "May not be empty"),
    ({"type": "text"}, "text", "May not be empty"),
    (text("x" * 5001), "text", "Length must be between 0 and 5000"),
    (text("😀" * 2501), "text", "Length must be between 0 and 5000"),
    (
        text("no dollar") | {"emojis": [{"index": 0, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}]},
        "emojis[0].index",
        None,
    ),
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
    (text("x") | {"sender": {"name": "LINE公式"}}, "sender.name", None),
    (text("x") | {"sender": {"name": "ＬＩＮＥ"}}, "sender.name", None),
    ({"type": "sticker", "packageId": "446", "stickerId": "1"}, "stickerId", None),
    ({"type": "sticker", "packageId": "1", "stickerId": "1988"}, "stickerId", None),
    (text("$") | {"emojis": [{"index": 0, "productId": "5ac1", "emojiId": "001"}]}, "emojis[0]", None),
    (
        text("$") | {"emojis": [{"index": 0, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "251"}]},
        "emojis[0]",
        None,
    ),
    ({"type": "textV2", "text": "50% { off"}, "text", None),
    ({"type": "textV2", "text": "a } b"}, "text", None),
    ({"type": "coupon", "couponId": "01JAAA"}, "couponId", "The coupon does not exist"),
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


def in_box(**values: Any) -> dict[str, Any]:
    return bubble({"type": "box", "layout": "vertical", "contents": [], **values})


def in_text(**values: Any) -> dict[str, Any]:
    return bubble({"type": "text", "text": "x", **values})


def in_image(**values: Any) -> dict[str, Any]:
    return bubble({"type": "image", "url": IMAGE, **values})


BAD_VALUES = [
    *((in_text, "color", value) for value in ("red", "#fff", "#12345g", 7)),
    *((in_text, "size", value) for value in ("huge", "full", "12", "50%", 12)),
    *((in_text, "margin", value) for value in ("big", "-5px", "5%")),
    *((in_text, name, value) for name, value in (("wrap", "true"), ("maxLines", -1), ("flex", 1.5), ("flex", "1"))),
    *((in_text, name, value) for name, value in (("lineSpacing", "md"), ("adjustMode", "grow"), ("style", "primary"))),
    *((in_image, "aspectRatio", value) for value in ("1:3.1", "0:1", "1x1", "1:100001", "16:9 ")),
    *((in_image, name, value) for name, value in (("size", "6xl"), ("animated", 1), ("aspectMode", "fill"))),
    *((in_box, name, value) for name, value in (("spacing", "1em"), ("paddingAll", "5"), ("width", "xl"))),
    *((in_box, name, value) for name, value in (("borderWidth", "thick"), ("cornerRadius", "round"))),
    *((in_box, name, value) for name, value in (("justifyContent", "left"), ("alignItems", "top"))),
    *((in_box, name, value) for name, value in (("offsetTop", "up"), ("backgroundColor", "transparent"))),
]


@pytest.mark.parametrize(("place", "name", "value"), BAD_VALUES)
def test_values_that_flex_does_not_know_are_refused(bot: Bot, place: Any, name: str, value: Any) -> None:
    answer = bot.post("/v2/bot/message/validate/push", {"messages": [flex(place(**{name: value}))]})
    assert answer.json()["details"] == [{"message": "invalid property", "property": f"/body/contents/0/{name}"}]


BAD_FLEX = [
    ({"type": "carousel", "contents": [{"type": "bubble", "hero": VIDEO}]}, "/contents/0/hero", "invalid property"),
    ({"type": "bubble", "hero": VIDEO, "size": "nano"}, "/hero", "invalid property"),
    (in_text() | {"styles": {"body": {"backgroundColor": "red"}}}, "/styles/body/backgroundColor", "invalid property"),
    (in_text() | {"styles": {"foot": {}}}, "/styles/foot", "invalid property"),
    (in_text() | {"styles": []}, "/styles", "invalid property"),
    (in_box(background={**GRADIENT, "angle": "400deg"}), "/body/contents/0/background/angle", "invalid property"),
    (in_box(background={"type": "radial"}), "/body/contents/0/background/type", "invalid property"),
    (in_box(background={"type": "linearGradient"}), "/body/contents/0/background/angle", "must be specified"),
    (
        bubble(*[{"type": "image", "url": IMAGE, "animated": True}] * 11),
        "/",
        "animated images must be no more than 10",
    ),
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


@pytest.mark.parametrize("more", [{"actions": [POSTBACK, URI]}, {"title": "t"}, {"thumbnailImageUrl": IMAGE}])
def test_columns_must_have_the_same_parts(bot: Bot, more: dict[str, Any]) -> None:
    columns = [column(), column(**more)]
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
    stranger = bot.friend()
    for user_id, status in ((member, 200), (stranger, 400)):
        target = {"type": "mention", "mentionee": {"type": "user", "userId": user_id}}
        named = {"type": "textV2", "text": "Hey {you}", "substitution": {"you": target}}
        assert bot.push(group, named).status_code == status


def test_a_message_is_quoted_in_its_own_chat_only(bot: Bot) -> None:
    first, second = bot.friend(), bot.friend()
    token = bot.push(first, text("hello")).json()["sentMessages"][0]["quoteToken"]
    quoting = text("as I said") | {"quoteToken": token}
    assert [bot.push(chat, quoting).status_code for chat in (first, second)] == [200, 400]
    invented = bot.push(first, text("x") | {"quoteToken": "yHAz4Ua2wx7"})
    assert invented.json()["details"] == [{"message": "invalid quote token", "property": "messages[0].quoteToken"}]

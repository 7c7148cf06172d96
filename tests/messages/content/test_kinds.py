"""Every kind of message: LINE's stand-in takes what is built, and what LINE refuses is said at its field before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.core.i18n import Text
from app.messages.content import message_set
from app.messages.content.building import MediaLinks
from app.messages.content.web_address import NO_HOST, NOT_WHOLE, WRONG_HOST
from tests.sandbox.bots import Bot
from tests.support.sandbox import SandboxServer

MEDIA = {
    1: MediaLinks("image", "https://shop.example/media/a", 1200, 800),
    2: MediaLinks("video", "https://shop.example/media/b", duration=9_000),
    3: MediaLinks("audio", "https://shop.example/media/c", duration=4_000),
}


@dataclass(frozen=True)
class Value:
    is_always_known: bool = False


PERSONAL = {"display_name": Value(is_always_known=True), "first_name": Value(), "points": Value()}
LINK = {"kind": "link", "label": "Open", "url": "https://shop.example/?who={{first_name|you}}"}
SAY = {"kind": "message", "label": "Yes", "text": "Yes"}
BUBBLE = {
    "type": "bubble",
    "body": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "{{first_name|you}}"}]},
}
AREA = {"x": 0, "y": 0, "width": 520, "height": 693, "action": {"kind": "link", "url": "https://shop.example/"}}
GOOD: dict[str, dict[str, Any]] = {
    "text": {"kind": "text", "text": "Hello {{first_name|you}} { }"},
    "emoji": {"kind": "text", "text": "{{emoji:5ac1bfd5040ab15980c9b435/001}} {a} {{first_name|you}}"},
    "image": {"kind": "image", "file_id": 1},
    "video": {"kind": "video", "file_id": 2, "preview_file_id": 1, "tracking_id": "spring-2026"},
    "audio": {"kind": "audio", "file_id": 3},
    "sticker": {"kind": "sticker", "package_id": "446", "sticker_id": "1988"},
    "location": {"kind": "location", "title": "Shop", "address": "Tokyo", "latitude": 35.0, "longitude": 139.0},
    "rich": {"kind": "rich", "alt_text": "Sale", "file_id": 1, "areas": [AREA]},
    "rich_video": {
        "kind": "rich_video",
        "alt_text": "Film",
        "file_id": 2,
        "preview_file_id": 1,
        "end_label": "Shop",
        "end_url": "https://shop.example/",
    },
    "buttons": {"kind": "buttons", "alt_text": "Choose", "title": "T", "text": "Text", "file_id": 1, "actions": [LINK]},
    "confirm": {"kind": "confirm", "alt_text": "Sure?", "text": "Sure?", "actions": [SAY, LINK]},
    "cards": {
        "kind": "cards",
        "alt_text": "Cards",
        "cards": [
            {"kind": "product", "file_id": 1, "name": "Cup", "description": "Blue", "price": "¥900", "actions": [LINK]},
            {"kind": "image", "file_id": 1, "action": LINK},
            {"kind": "button", "title": "More", "text": "Text", "actions": [SAY]},
            {"kind": "json", "contents": BUBBLE},
        ],
        "end_card": {"action": LINK},
    },
    "flex": {"kind": "flex", "alt_text": "Flex", "contents": BUBBLE},
    "json": {"kind": "json", "message": {"type": "text", "text": "Hi {{first_name|you}}"}},
    "date": {
        "kind": "buttons",
        "alt_text": "When",
        "text": "When?",
        "actions": [
            {"kind": "date", "label": "Day", "data": "day", "earliest": "2026-01-01", "latest": "2026-12-31"},
            {"kind": "postback", "label": "Later", "data": "later", "display_text": "Later"},
            {"kind": "clipboard", "label": "Code", "text": "TOMORU"},
        ],
    },
}
LONGEST = {"first_name": "寿限無" * 3_000, "display_name": "名" * 3_000}


@pytest.fixture(scope="module")
def line() -> Iterator[SandboxServer]:
    with SandboxServer.start() as server:
        yield server


@pytest.fixture(scope="module")
def bot(line: SandboxServer) -> Bot:
    return Bot.open(line, name="Messages", population={"followers": 1})


def built(*messages: dict[str, Any], quick_replies: Any = (), is_for_group: bool = False) -> message_set.Built:
    content = message_set.read({"messages": list(messages), "quick_replies": list(quick_replies)})
    return message_set.build(content, MEDIA, PERSONAL, is_for_group=is_for_group)


def problems(*messages: dict[str, Any], **options: Any) -> dict[str, str]:
    return {one.path: str(one.message) for one in built(*messages, **options).problems}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("values", [{}, {"first_name": "太郎 {&}"}, LONGEST], ids=["empty", "usual", "longest"])
def test_line_takes_what_is_built(app: Flask, bot: Bot, name: str, values: dict[str, str]) -> None:
    made = built(GOOD[name])
    assert made.problems == ()
    if values is LONGEST and "uri" in made.ready.as_json({}):
        values = {"first_name": "寿限無" * 30}
    answer = bot.checked("POST", "/v2/bot/message/validate/push", {"messages": made.ready.messages(values)})
    assert (answer.status_code, answer.text) == (200, "{}")


@pytest.mark.parametrize("name", GOOD)
def test_a_set_survives_being_stored(name: str) -> None:
    content = message_set.read({"messages": [GOOD[name]]})
    assert message_set.read(message_set.write(content)) == content


def test_quick_replies_go_with_the_last_message(app: Flask, bot: Bot) -> None:
    replies = [{"action": SAY}, {"action": {"kind": "phone", "opens": "camera", "label": "Photo"}, "icon_file_id": 1}]
    made = built(GOOD["text"], GOOD["image"], quick_replies=replies)
    messages = made.ready.messages({})
    assert ["quickReply" in one for one in messages] == [False, True]
    assert bot.checked("POST", "/v2/bot/message/validate/push", {"messages": messages}).status_code == 200


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ({"kind": "text", "text": " "}, "messages.0.text"),
        ({"kind": "text", "text": "{{first_name|}}"}, "messages.0.text"),
        ({"kind": "text", "text": "{{first_name}}"}, "messages.0.text"),
        ({"kind": "text", "text": "{{unknown|x}}"}, "messages.0.text"),
        ({"kind": "text", "text": "{{open"}, "messages.0.text"),
        ({"kind": "text", "text": "x" * 5_001}, "messages.0.text"),
        ({"kind": "text", "text": "😀" * 2_501}, "messages.0.text"),
        ({"kind": "text", "text": "a\x00b"}, "messages.0.text"),
        ({"kind": "text", "text": "{{mention:all}}"}, "messages.0.text"),
        ({"kind": "text", "text": "{{emoji:5ac1bfd5040ab15980c9b435/001}}" * 21}, "messages.0.text"),
        ({"kind": "image"}, "messages.0.file_id"),
        ({"kind": "image", "file_id": 2}, "messages.0.file_id"),
        ({"kind": "image", "file_id": 99}, "messages.0.file_id"),
        ({"kind": "video", "file_id": 2}, "messages.0.preview_file_id"),
        (GOOD["video"] | {"tracking_id": "a b"}, "messages.0.tracking_id"),
        ({"kind": "sticker", "package_id": "x", "sticker_id": "1"}, "messages.0.sticker_id"),
        (GOOD["location"] | {"latitude": 91.0}, "messages.0.latitude"),
        (GOOD["location"] | {"title": "x" * 101}, "messages.0.title"),
        (GOOD["rich"] | {"areas": []}, "messages.0.areas"),
        (GOOD["rich"] | {"areas": [AREA | {"width": 1_041}]}, "messages.0.areas.0.width"),
        (GOOD["rich"] | {"areas": [AREA | {"action": None}]}, "messages.0.areas.0.action"),
        (GOOD["rich"] | {"alt_text": ""}, "messages.0.alt_text"),
        (GOOD["buttons"] | {"text": "x" * 61}, "messages.0.text"),
        (GOOD["buttons"] | {"actions": []}, "messages.0.actions"),
        (GOOD["buttons"] | {"actions": [LINK | {"label": "x" * 21}]}, "messages.0.actions.0.label"),
        (GOOD["buttons"] | {"actions": [LINK | {"url": "shop.example"}]}, "messages.0.actions.0.url"),
        (GOOD["buttons"] | {"actions": [LINK | {"url": "https://a b.example/"}]}, "messages.0.actions.0.url"),
        (GOOD["buttons"] | {"actions": [LINK | {"url": "https://{{first_name|x}}/"}]}, "messages.0.actions.0.url"),
        (GOOD["buttons"] | {"actions": [LINK | {"url": "https://e@shop.example/"}]}, "messages.0.actions.0.url"),
        (GOOD["confirm"] | {"actions": [SAY]}, "messages.0.actions"),
        (GOOD["cards"] | {"cards": []}, "messages.0.cards"),
        (GOOD["cards"] | {"cards": [{"kind": "json", "contents": {"type": "box"}}]}, "messages.0.cards.0.contents"),
        (GOOD["flex"] | {"contents": {"type": "text"}}, "messages.0.contents"),
        (GOOD["flex"] | {"contents": {"type": "carousel", "contents": [BUBBLE] * 13}},
         "messages.0.contents.contents"),
        (GOOD["json"] | {"message": {"text": "no type"}}, "messages.0.message"),
        (GOOD["json"] | {"message": {"type": "text", "text": "{{nope|x}}"}}, "messages.0.message.text"),
        (GOOD["json"] | {"message": {"type": "text", "text": "{{emoji:5ac1/001}}"}}, "messages.0.message.text"),
        (GOOD["json"] | {"message": {"type": "text", "text": "{{first_name|x}}$", "emojis": [{"index": 17}]}},
         "messages.0.message.emojis"),
        (GOOD["buttons"] | {"actions": [LINK | {"url": "https://a.example/{{emoji:5ac1/001}}"}]},
         "messages.0.actions.0.url"),
        (GOOD["date"] | {"actions": [{"kind": "date", "label": "D", "data": "d", "initial": "1.4.2026"}]},
         "messages.0.actions.0.initial"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(app: Flask, message: dict[str, Any], path: str) -> None:
    assert list(problems(message)) == [path]


def tapped(link: str, **more: str) -> dict[str, Any]:
    """A Flex message with a picture that opens a link."""
    picture = {"type": "image", "url": "https://shop.example/a.png", **more, "action": {"type": "uri", "uri": link}}
    return {"kind": "flex", "alt_text": "Hi", "contents": {"type": "bubble", "hero": picture}}


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("https://shop.example/{{first_name|you}}/a?b={{first_name|you}}", None),
        ("{{first_name|https://shop.example/}}", NOT_WHOLE),
        ("https://{{first_name|www}}.shop.example/", NO_HOST),
        ("https://shop.example/{{first_name|you}}/a b", "An address holds no blanks."),
        ("https://1.2.3.999/{{first_name|you}}", WRONG_HOST),
        ("https://shop.example/{{first_name|you", "Character 22: “{{” is not closed"),
    ],
)
def test_links_in_json_are_looked_at_before_and_behind_what_is_filled_in(
    app: Flask, link: str, said: Text | None
) -> None:
    areas = [{"type": "uri", "linkUri": link, "area": {"x": 0, "y": 0, "width": 1, "height": 1}}]
    imagemap = {
        "type": "imagemap",
        "baseUrl": "https://shop.example/a",
        "altText": "Hi",
        "baseSize": {"width": 1040, "height": 520},
        "actions": areas,
    }
    for message, path in (
        (tapped(link), "messages.0.contents.hero.action.uri"),
        ({"kind": "json", "message": imagemap}, "messages.0.message.actions.0.linkUri"),
    ):
        found = problems(message)
        assert list(found) == ([path] if said else [])
        assert not said or str(said) in found[path]


def test_pictures_in_flex_have_a_host_that_can_be_found(app: Flask) -> None:
    path = "messages.0.contents.hero.url"
    for url, said in (
        ("https://shop.example/{{first_name|you}}.png", ""),
        ("{{first_name|https://shop.example/}}", "https addresses only"),
        ("http://shop.example/a.png", "https addresses only"),
        ("https://[::::]/a.png", str(WRONG_HOST)),
    ):
        found = problems(tapped("https://shop.example/", url=url))
        assert list(found) == ([path] if said else []) and said in found.get(path, "")


def test_a_value_that_is_always_known_may_stand_alone(app: Flask) -> None:
    assert problems({"kind": "text", "text": "{{display_name}}"}) == {}


def test_a_label_is_counted_as_it_is_seen(app: Flask) -> None:
    family = "👨\u200d👩\u200d👧"
    assert problems(GOOD["buttons"] | {"actions": [LINK | {"label": family * 20}]}) == {}
    assert list(problems(GOOD["buttons"] | {"actions": [LINK | {"label": family * 21}]})) == [
        "messages.0.actions.0.label"
    ]


def test_groups_can_be_mentioned_but_tell_of_no_video(app: Flask) -> None:
    assert problems({"kind": "text", "text": "{{mention:all}} hi"}, is_for_group=True) == {}
    assert list(problems(GOOD["video"], is_for_group=True)) == ["messages.0.tracking_id"]


def test_numbers_of_messages_and_quick_replies(app: Flask) -> None:
    assert list(problems()) == ["messages"]
    assert list(problems(*[GOOD["text"]] * 6)) == ["messages"]
    assert list(problems(GOOD["text"], quick_replies=[{"action": SAY}] * 14)) == ["quick_replies"]


@pytest.mark.parametrize(
    "stored",
    [
        {"messages": [{"kind": "telepathy"}]},
        {"messages": [{"text": "no kind"}]},
        {"messages": [{"kind": "text", "text": 5}]},
        {"messages": [{"kind": "image", "file_id": "1"}]},
        {"messages": "text"},
    ],
)
def test_json_of_another_shape_is_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(message_set.UnreadableSet):
        message_set.read(stored)


def test_the_files_that_a_set_names() -> None:
    content = message_set.read({"messages": [GOOD["cards"], GOOD["video"]]})
    assert message_set.files_of(content) == {1, 2}

"""Limits where they hurt: at each one LINE's stand-in takes what we take, and one above both refuse it at one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.messages.content import message_set
from app.messages.content.counting import graphemes, utf16_units
from tests.messages.content.test_kinds import BUBBLE, GOOD, MEDIA, PERSONAL
from tests.sandbox.bots import Bot
from tests.support.sandbox import SandboxServer

# Eight UTF-16 units that a reader sees as one character.
FAMILY = "👨\u200d👩\u200d👧"
Make = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def line() -> Iterator[SandboxServer]:
    with SandboxServer.start() as server:
        yield server


@pytest.fixture(scope="module")
def bot(line: SandboxServer) -> Bot:
    return Bot.open(line, name="Limits", population={"followers": 1})


def tapped(**action: str) -> Make:
    """Return a maker of a buttons template whose action has the text in the field that is named `…`."""
    return lambda text: (
        GOOD["date"] | {"actions": [{name: text if value == "…" else value for name, value in action.items()}]}
    )


def in_flex(contents: Callable[[str], dict[str, Any]]) -> Make:
    return lambda text: GOOD["flex"] | {"contents": contents(text)}


def button(label: str) -> dict[str, Any]:
    action = {"type": "uri", "label": label, "uri": "https://shop.example/"}
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [
        {"type": "button", "action": action}]}}  # fmt: skip


def images(label: str) -> dict[str, Any]:
    action = {"type": "message", "label": label, "text": "Yes"}
    column = {"imageUrl": "https://shop.example/a.png", "action": action}
    template = {"type": "image_carousel", "columns": [column]}
    return {"kind": "json", "message": {"type": "template", "altText": "Images", "template": template}}


LINK = {"kind": "link", "label": "Open", "url": "https://shop.example/"}
GRADIENT = {"type": "linearGradient", "angle": "1", "startColor": "#ffffff", "endColor": "#ffffff"}
LIMITS: list[tuple[str, int, Make]] = [
    ("text", 5_000, lambda text: {"kind": "text", "text": text}),
    ("title", 100, lambda text: GOOD["location"] | {"title": text}),
    ("alt_text", 1_500, lambda text: GOOD["rich"] | {"alt_text": text}),
    ("title", 40, lambda text: GOOD["buttons"] | {"title": text}),
    ("text", 60, lambda text: GOOD["buttons"] | {"text": text}),
    ("text", 160, lambda text: GOOD["date"] | {"text": text}),
    ("text", 240, lambda text: GOOD["confirm"] | {"text": text}),
    ("actions.0.label", 20, tapped(kind="message", label="…", text="Yes")),
    ("actions.0.text", 300, tapped(kind="message", label="Yes", text="…")),
    ("actions.0.data", 300, tapped(kind="postback", label="Yes", data="…")),
    ("actions.0.display_text", 300, tapped(kind="postback", label="Yes", data="yes", display_text="…")),
    ("actions.0.text", 1_000, tapped(kind="clipboard", label="Copy", text="…")),
    ("areas.0.action.text", 400, lambda text: GOOD["rich"] | {
        "areas": [{"x": 0, "y": 0, "width": 9, "height": 9, "action": {"kind": "message", "text": text}}]}),
    ("end_label", 30, lambda text: GOOD["rich_video"] | {"end_label": text}),
    ("cards.0.actions.0.label", 40, lambda text: GOOD["cards"] | {
        "cards": [{"kind": "button", "title": "T", "actions": [LINK | {"label": text}]}]}),
    ("contents.body.contents.0.action.label", 40, in_flex(button)),
    ("message.template.columns.0.action.label", 12, images),
]  # fmt: skip
# Fields that LINE counts in what a reader sees; all others in UTF-16 units.
SEEN = {
    ("title", 40),
    ("text", 60),
    ("text", 160),
    ("text", 240),
    ("actions.0.text", 300),
    ("actions.0.display_text", 300),
}


def counted(field: str, limit: int) -> Callable[[str], int]:
    """Return how LINE counts the field."""
    return graphemes if (field, limit) in SEEN or field.endswith((".label", "display_text")) else utf16_units


def built(message: dict[str, Any]) -> message_set.Built:
    return message_set.build(message_set.read({"messages": [message]}), MEDIA, PERSONAL)


def asked(bot: Bot, made: message_set.Built, values: dict[str, str] | None = None) -> int:
    messages = made.ready.messages(values or {})
    return bot.checked("POST", "/v2/bot/message/validate/push", {"messages": messages}).status_code


@pytest.mark.parametrize(("field", "limit", "make"), LIMITS, ids=[f"{field}-{limit}" for field, limit, _ in LIMITS])
def test_each_limit_is_lines_and_counted_as_line_counts(
    app: Flask, bot: Bot, field: str, limit: int, make: Make
) -> None:
    count = counted(field, limit)
    whole = FAMILY * (limit // count(FAMILY))
    most = whole + "x" * (limit - count(whole))
    assert (built(make(most)).problems, asked(bot, built(make(most)))) == ((), 200)
    over = built(make(most + "x"))
    assert [one.path for one in over.problems] == [f"messages.0.{field}"]
    assert f"At most {limit} characters" in str(over.problems[0].message)
    assert asked(bot, over) == 400


@pytest.mark.parametrize(("field", "limit", "make"), LIMITS, ids=[f"{field}-{limit}" for field, limit, _ in LIMITS])
def test_a_limit_never_falls_into_an_emoji(app: Flask, bot: Bot, field: str, limit: int, make: Make) -> None:
    made = built(make("x{{display_name}}"))
    assert made.problems == ()
    values = {"display_name": FAMILY * limit}
    filled = made.ready.as_json(values)
    assert asked(bot, made, values) == 200
    room = (limit - 1) // counted(field, limit)(FAMILY)
    assert f'"x{FAMILY * room}"' in filled


def test_a_quick_reply_has_twenty_characters_and_there_are_thirteen(app: Flask) -> None:
    def wrong(*labels: str) -> list[str]:
        replies = [{"action": {"kind": "message", "label": label, "text": "Yes"}} for label in labels]
        content = message_set.read({"messages": [GOOD["text"]], "quick_replies": replies})
        return [one.path for one in message_set.build(content, MEDIA, PERSONAL).problems]

    assert wrong(*[FAMILY * 20] * 13) == []
    assert wrong(FAMILY * 21) == ["quick_replies.0.action.label"]
    assert wrong(*["Yes"] * 14) == ["quick_replies"]


def sized(size: int) -> dict[str, Any]:
    """A bubble of about so many bytes."""
    text = {"type": "text", "text": "x" * size}
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [text]}}


@pytest.mark.parametrize(
    ("contents", "path", "words"),
    [
        ({"type": "carousel", "contents": [BUBBLE] * 12}, None, ""),
        ({"type": "carousel", "contents": [BUBBLE] * 13}, ".contents", "1 to 12 bubbles"),
        ({"type": "carousel", "contents": []}, ".contents", "1 to 12 bubbles"),
        (sized(30_000), None, ""),
        (sized(31_000), "", "30 KB"),
        ({"type": "carousel", "contents": [sized(24_000)] * 2}, None, ""),
        ({"type": "carousel", "contents": [sized(26_000)] * 2}, "", "50 KB"),
        ({"type": "carousel", "contents": [BUBBLE, BUBBLE | {"size": "kilo"}]}, ".contents.1.size", "same size"),
    ],
)
def test_flex_is_no_larger_than_line_takes(
    app: Flask, bot: Bot, contents: dict[str, Any], path: str | None, words: str
) -> None:
    made = built(GOOD["flex"] | {"contents": contents})
    assert [one.path for one in made.problems] == ([] if path is None else [f"messages.0.contents{path}"])
    assert all(words in str(one.message) for one in made.problems)
    assert asked(bot, made) == (200 if path is None else 400)


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        ("text", "size", "huge"), ("text", "color", "red"), ("text", "wrap", "yes"), ("text", "colour", "#ffffff"),
        ("text", "type", "picture"), ("text", "maxLines", -1), ("text", "margin", "10"), ("text", "offsetTop", "1em"),
        ("text", "text", ""), ("text", "contents", [{"type": "icon"}]), ("box", "layout", "diagonal"),
        ("box", "contents", {}), ("box", "paddingAll", "-1px"), ("box", "background", GRADIENT),
        ("box", "action", {"type": "telepathy"}), ("box", "action", {"type": "uri", "uri": "shop.example"}),
        ("bubble", "size", "tiny"), ("bubble", "body", {}), ("bubble", "styles", {"body": {"color": "#ffffff"}}),
        ("bubble", "hero", {"type": "image", "url": "http://shop.example/a.png"}),
        ("bubble", "hero", {"type": "image"}), ("bubble", "hero", {"type": "text", "text": "No"}),
        ("bubble", "footer", {"type": "box", "layout": "baseline", "contents": [{"type": "button"}]}),
    ],
)  # fmt: skip
def test_a_wrong_property_of_flex_is_found_where_line_finds_it(
    app: Flask, bot: Bot, where: str, name: str, value: object
) -> None:
    text: dict[str, Any] = {"type": "text", "text": "Hi"}
    box: dict[str, Any] = {"type": "box", "layout": "vertical", "contents": [text]}
    bubble: dict[str, Any] = {"type": "bubble", "body": box}
    {"text": text, "box": box, "bubble": bubble}[where][name] = value
    made = built(GOOD["flex"] | {"contents": bubble})
    said = {one.path.removeprefix("messages.0.contents") for one in made.problems}
    answer = bot.call("POST", "/v2/bot/message/validate/push", json={"messages": made.ready.messages({})})
    found = {one["property"].replace("/", ".").rstrip(".") for one in answer.json()["details"]}
    assert said and all(any(ours.startswith(theirs) for ours in said) for theirs in found)

"""The phone preview: every kind is drawn from LINE's JSON, and nothing that is written there can break the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import html5lib
import pytest
from flask import Flask, render_template

from app.line.gateway.urls import LINE, urls
from app.media.storage.stores import stores
from app.messages.preview.parts import Part, Tap
from app.messages.preview.phone import phone

CDN = "https://stickershop.line-scdn.net/"


def drawn(*messages: Any) -> list[Part]:
    """Return every piece of the drawing, outer ones first."""
    return [part for one in phone(messages).messages for part in _walk(one)]


def _walk(part: Part) -> Iterator[Part]:
    yield part
    for one in part.parts:
        yield from _walk(one)


def the(look: str, *messages: Any) -> Part:
    """Return the first piece with this look."""
    return next(one for one in drawn(*messages) if look in one.look.replace("phone-", "").split())


def flex_message(body: dict[str, Any], **bubble: Any) -> dict[str, Any]:
    return {"type": "flex", "altText": "A", "contents": {"type": "bubble", "body": body, **bubble}}


def box(*contents: Any, layout: str = "vertical", **more: Any) -> dict[str, Any]:
    return {"type": "box", "layout": layout, "contents": list(contents), **more}


def test_line_emoji_stand_where_line_counts_them() -> None:
    emoji = {"index": 3, "productId": "5ac1", "emojiId": "001"}
    message = {"type": "text", "text": "😀 $ $5", "emojis": [emoji]}
    pieces = phone([message]).messages[0].parts
    assert [one.words for one in pieces] == ["😀 ", None, " $5"]
    assert pieces[1].picture == f"{CDN}sticonshop/v1/sticon/5ac1/iPhone/001.png"


def test_names_in_braces_become_emoji_and_mentions() -> None:
    substitution = {
        "p0": {"type": "emoji", "productId": "5ac1", "emojiId": "002"},
        "p1": {"type": "mention", "mentionee": {"type": "all"}},
    }
    message = {"type": "textV2", "text": "a {p0} {{b}} {p1} {gone}", "substitution": substitution}
    pieces = phone([message]).messages[0].parts
    assert "".join(str(one.words or one.note or "") for one in pieces) == "a LINE emoji {b} @All {gone}"


def test_areas_of_a_rich_message_lie_where_they_are_tapped() -> None:
    area = {"x": 520, "y": 0, "width": 520, "height": 350}
    tap = {"type": "uri", "linkUri": "https://a.example", "label": "Shop", "area": area}
    size = {"width": 1040, "height": 700}
    message = {"type": "imagemap", "baseUrl": "https://a.example/m", "baseSize": size, "actions": [tap]}
    whole, shown = drawn(message)
    assert whole.picture == "https://a.example/m/700" and whole.css == {"aspect-ratio": "1040 / 700"}
    assert shown.words == "Shop"
    assert shown.css == {"left": "50.000%", "top": "0.000%", "width": "50.000%", "height": "50.000%"}


def labels(messages: list[Any]) -> list[str | None]:
    """Return what the quick replies show."""
    return [one.words for one in phone(messages).quick_replies]


def test_buttons_tell_what_a_tap_sends() -> None:
    actions = [
        {"type": "message", "label": "Go", "text": "I go"},
        {"type": "postback", "label": "Stay", "data": "stay=1", "displayText": "I stay"},
        {"type": "postback", "label": "Wait", "data": "wait"},
        {"type": "uri", "label": "Shop", "uri": "https://a.example"},
        {"type": "datetimepicker", "label": "Day", "data": "day", "mode": "date", "min": "2026-12-01"},
        {"type": "datetimepicker", "label": "When", "data": "when", "mode": "datetime", "initial": "2026-12-01t10:00"},
    ]
    chosen = [
        Tap("Day", "day", "date", least="2026-12-01"),
        Tap("When", "when", "datetime", first="2026-12-01T10:00"),
    ]
    taps = [Tap("I go"), Tap("I stay", "stay=1"), Tap("Wait", "wait"), None, *chosen]
    quick = {"items": [{"action": one} for one in actions]}
    assert [one.tap for one in phone([{"type": "text", "text": "a", "quickReply": quick}]).quick_replies] == taps
    card = {"type": "buttons", "text": "Copy", "actions": actions[:4]}
    found = drawn({"type": "template", "altText": "A", "template": card})
    assert [one.tap for one in found if one.look == "button phone-link"] == taps[:4]
    body = box(*({"type": "button", "action": one, "margin": "md"} for one in actions))
    assert [one.tap for one in drawn(flex_message(body)) if "button" in one.look] == taps
    shown = phone([flex_message(body)])
    assert shown.taps == [tap for tap in taps if tap] and shown.pickers == chosen


def test_boxes_texts_and_pictures_are_tapped_as_buttons_are() -> None:
    say = {"action": {"type": "message", "label": "Say", "text": "Hi"}}
    inner = {"type": "text", "text": "A", **say}, {"type": "image", "url": "https://a.example/i", **say}
    parts = drawn(flex_message({**box(*inner), **say}))
    assert [one.look.split()[0] for one in parts if one.tap == Tap("Hi")] == ["box", "text", "image"]
    assert not any(one.is_button for one in parts)
    card = {"type": "buttons", "text": "Copy", "actions": [], "defaultAction": say["action"]}
    assert [one.look for one in drawn({"type": "template", "altText": "A", "template": card}) if one.tap] == ["card"]


def test_quick_replies_are_shown_below_the_last_message_only() -> None:
    quick = {"items": [{"action": {"label": "Yes"}}]}
    first, last = {"type": "text", "text": "a", "quickReply": quick}, {"type": "text", "text": "b"}
    assert labels([first, last]) == []
    assert labels([last, first]) == ["Yes"]


@pytest.mark.parametrize("kind", ["buttons", "confirm", "carousel", "image_carousel"])
def test_templates_show_texts_and_labels(kind: str) -> None:
    card = {"text": "Copy", "actions": [{"label": "Go"}], "action": {"label": "Go"}, "imageUrl": "https://a.example/i"}
    content = {"type": kind, **card} if kind in ("buttons", "confirm") else {"type": kind, "columns": [card, card]}
    words = [one.words for one in drawn({"type": "template", "altText": "A", "template": content}) if one.words]
    once = ["Go"] if kind == "image_carousel" else ["Copy", "Go"]
    assert words == (once if kind in ("buttons", "confirm") else once * 2)


def test_a_flex_box_shares_its_length_as_line_does() -> None:
    first, second = {"type": "text", "text": "a"}, {"type": "text", "text": "b", "flex": 3}
    row = flex_message(box(first, second, layout="horizontal", spacing="md"))
    shown = [one.css for one in drawn(row) if one.look == "text"]
    assert shown == [{"flex": "1 1 0"}, {"flex": "3 1 0", "margin-inline-start": "8px"}]
    column = flex_message(box(first, second, spacing="md"))
    shown = [one.css for one in drawn(column) if one.look == "text"]
    assert shown == [{"flex": "0 0 auto"}, {"flex": "3 1 auto", "margin-top": "8px"}]


def test_flex_texts_pictures_and_buttons_look_as_written() -> None:
    text = {
        "type": "text",
        "text": "a",
        "wrap": True,
        "maxLines": 2,
        "size": "xl",
        "weight": "bold",
        "color": "#FF0000",
    }
    image = {
        "type": "image",
        "url": "https://a.example/i",
        "size": "full",
        "aspectRatio": "20:13",
        "aspectMode": "cover",
    }
    button = {"type": "button", "style": "primary", "color": "#112233", "action": {"label": "Buy"}}
    message = flex_message(box(text, image, button), size="kilo")
    letters = the("clamp", message).css
    assert letters["-webkit-line-clamp"] == "2" and letters["font-size"] == "22px" and letters["color"] == "#FF0000"
    picture = the("cover", message)
    assert picture.css["width"] == "100%" and picture.css["aspect-ratio"] == "20 / 13"
    assert the("primary", message).words == "Buy" and the("primary", message).css["background-color"] == "#112233"
    assert the("kilo", message).look == "bubble phone-kilo"


def test_values_that_line_refuses_do_not_reach_the_style() -> None:
    text = {"type": "text", "text": "a", "color": "red;x:url(//e)", "size": "1px;color:red", "margin": {"a": 1}}
    message = flex_message(box(text, backgroundColor="url(https://e.example)"))
    assert the("text", message).css == {"flex": "0 0 auto"}
    assert the("box", message).css == {"flex": "0 0 auto"}


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        {},
        {"type": "text", "text": 5},
        {"type": "text", "text": "$", "emojis": [None, {"index": 10**9}, {"index": -1}]},
        {"type": "textV2", "text": "{a}", "substitution": []},
        {"type": "imagemap", "baseSize": {"height": -5}, "actions": [None, {"area": "x"}]},
        {"type": "template", "template": {"type": "carousel", "columns": [None, "x"]}},
        {"type": "flex", "contents": {"type": "carousel", "contents": [None, {"body": {"type": "box"}}]}},
        {"type": "sticker", "stickerId": "../x"},
    ],
)
def test_anything_that_is_written_can_be_drawn(app: Flask, odd: Any) -> None:
    assert "phone-message" in page(app, odd)


def test_boxes_within_boxes_end(app: Flask) -> None:
    inner: dict[str, Any] = {"type": "text", "text": "deep"}
    for _level in range(200):
        inner = box(inner)
    assert "deep" not in page(app, flex_message(inner))


def test_a_text_keeps_its_lines_and_gets_no_others(app: Flask) -> None:
    message = {
        "type": "text",
        "text": "Hello $ you\n\nBye",
        "emojis": [{"index": 6, "productId": "5a", "emojiId": "1"}],
    }
    tree = html5lib.parse(page(app, message), namespaceHTMLElements=False)
    words = next(one for one in tree.iter("div") if one.get("class") == "phone-words")
    assert "".join(words.itertext()) == "Hello  you\n\nBye"


def test_what_a_message_says_stays_text_in_the_page(app: Flask) -> None:
    evil = '"><script>alert(1)</script>'
    message = {"type": "template", "template": {"type": "buttons", "text": evil, "actions": [{"label": evil}]}}
    image = {"type": "image", "previewImageUrl": f"https://a.example/{evil}"}
    tree = html5lib.parse(page(app, message, image), namespaceHTMLElements=False)
    assert list(tree.iter("script")) == []
    looks = [json.loads(one.get("data-css")) for one in tree.iter() if one.get("data-css")]
    assert all(isinstance(one, dict) for one in looks)
    assert [one.get("src") for one in tree.iter("img")] == [f"https://a.example/{evil}"]


def page(app: Flask, *messages: Any) -> str:
    """Return the partial as a page includes it."""
    with app.test_request_context("/"):
        return render_template("messages/preview/_phone.html", phone=phone(messages))


def test_pictures_come_encrypted_or_from_here_where_a_stand_in_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "public_url", "http://console.test")

    def shown(address: str) -> str | None:
        return the("imagemap", {"type": "imagemap", "baseUrl": address, "altText": "A"}).picture

    monkeypatch.setattr(urls, "api", "http://sandbox.test")
    assert shown("https://shop.example/a") == "https://shop.example/a/700"
    assert shown("http://console.test/m/a") == "http://console.test/m/a/700"
    assert not shown("http://console.test.example/m/a")
    monkeypatch.setattr(urls, "api", LINE)
    assert not shown("http://console.test/m/a")


def test_cards_side_by_side_are_scrolled_by_keyboard(app: Flask) -> None:
    cards = {"type": "carousel", "contents": [{"type": "bubble"}]}
    with app.test_request_context():
        shown = phone([{"type": "flex", "altText": "A", "contents": cards}])
        page = render_template("messages/preview/_phone.html", phone=shown)
    assert 'class="phone-carousel" tabindex="0" role="group"' in page

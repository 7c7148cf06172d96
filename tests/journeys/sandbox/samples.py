"""Messages of the kinds that take many lines to write down."""

from __future__ import annotations

from typing import Any

from tests.journeys.sandbox.acting import ELSEWHERE


def _texts(*words: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": word, "flex": number} for number, word in enumerate(words, start=1)]


ORDER = {"type": "postback", "label": "Order", "data": "order"}
FLEX = {
    "type": "flex",
    "altText": "flex",
    "contents": {
        "type": "carousel",
        "contents": [
            {
                "type": "bubble",
                "hero": {"type": "image", "url": f"{ELSEWHERE}/hero.png", "size": "full", "aspectRatio": "20:13"},
                "body": {
                    "type": "box",
                    "layout": "vertical",
                    "spacing": "md",
                    "contents": [
                        {
                            "type": "text",
                            "text": "Menu of the month",
                            "size": "xl",
                            "color": "#ab1234",
                            "weight": "bold",
                        },
                        {"type": "separator"},
                        {"type": "box", "layout": "horizontal", "contents": _texts("left one", "right two")},
                        {
                            "type": "box",
                            "layout": "vertical",
                            "action": {"type": "message", "label": "box", "text": "the box"},
                            "contents": [{"type": "text", "text": "tap the box"}],
                        },
                    ],
                },
                "footer": {
                    "type": "box",
                    "layout": "vertical",
                    "contents": [
                        {
                            "type": "button",
                            "style": "primary",
                            "action": {"type": "postback", "label": "Order", "data": "order"},
                        }
                    ],
                },
            },
            {
                "type": "bubble",
                "body": {
                    "type": "box",
                    "layout": "vertical",
                    "contents": [{"type": "text", "text": "small", "wrap": True}],
                },
            },
        ],
    },
}
COLUMN = {"thumbnailImageUrl": f"{ELSEWHERE}/c.png", "title": "One", "text": "of two"}
CHOOSE = {"actions": [{"type": "message", "label": "Take", "text": "taken"}]}
CAROUSEL = {
    "type": "template",
    "altText": "carousel",
    "template": {"type": "carousel", "columns": [COLUMN | CHOOSE, COLUMN | CHOOSE]},
}
IMAGE_CAROUSEL = {
    "type": "template",
    "altText": "images",
    "template": {
        "type": "image_carousel",
        "columns": [
            {"imageUrl": f"{ELSEWHERE}/{word}.png", "action": {"type": "message", "label": word, "text": word}}
            for word in ("one", "two")
        ],
    },
}
IMAGEMAP = {
    "type": "imagemap",
    "baseUrl": f"{ELSEWHERE}/map",
    "altText": "map",
    "baseSize": {"width": 1040, "height": 520},
    "actions": [
        {"type": "uri", "linkUri": "https://example.com/", "area": {"x": 0, "y": 0, "width": 520, "height": 520}},
        {"type": "message", "text": "right half", "area": {"x": 520, "y": 0, "width": 520, "height": 520}},
    ],
}

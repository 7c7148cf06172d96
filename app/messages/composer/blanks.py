"""What a new message, card, action or quick reply begins with."""

from __future__ import annotations

from typing import Any

from app.core.i18n import Text, _l
from app.messages.content.area_templates import AREA_TEMPLATE_NAMES, FREE

Json = dict[str, Any]

ACTIONS: dict[str, Json] = {
    "link": {"kind": "link", "url": "", "label": ""},
    "message": {"kind": "message", "text": "", "label": ""},
    "postback": {"kind": "postback", "data": "", "display_text": "", "label": ""},
    "date": {"kind": "date", "data": "", "mode": "date", "initial": "", "earliest": "", "latest": "", "label": ""},
    "clipboard": {"kind": "clipboard", "text": "", "label": ""},
    "phone": {"kind": "phone", "opens": "camera", "label": ""},
}
AREA = {"x": 0, "y": 0, "width": 1040, "height": 1040, "action": ACTIONS["link"]}
BUBBLE = {
    "type": "bubble",
    "body": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "Hello", "wrap": True}]},
}
CARDS: dict[str, Json] = {
    "product": {
        "kind": "product",
        "file_id": None,
        "name": "",
        "description": "",
        "price": "",
        "actions": [ACTIONS["link"]],
    },
    "image": {"kind": "image", "file_id": None, "action": ACTIONS["link"]},
    "button": {"kind": "button", "title": "", "text": "", "actions": [ACTIONS["link"]]},
    "json": {"kind": "json", "contents": BUBBLE, "source": ""},
}
END_CARD: Json = {"file_id": None, "action": ACTIONS["link"]}
MESSAGES: dict[str, Json] = {
    "text": {"kind": "text", "text": ""},
    "image": {"kind": "image", "file_id": None},
    "video": {"kind": "video", "file_id": None, "preview_file_id": None, "tracking_id": ""},
    "audio": {"kind": "audio", "file_id": None},
    "sticker": {"kind": "sticker", "package_id": "446", "sticker_id": "1988"},
    "location": {"kind": "location", "title": "", "address": "", "latitude": None, "longitude": None},
    "rich": {"kind": "rich", "alt_text": "", "file_id": None, "template": "full", "areas": [AREA]},
    "rich_video": {
        "kind": "rich_video",
        "alt_text": "",
        "file_id": None,
        "preview_file_id": None,
        "end_label": "",
        "end_url": "",
    },
    "cards": {
        "kind": "cards",
        "alt_text": "",
        "cards": [CARDS["product"]],
        "end_card": None,
        "size": "mega",
        "aspect": "wide",
    },
    "buttons": {
        "kind": "buttons",
        "alt_text": "",
        "title": "",
        "text": "",
        "file_id": None,
        "actions": [ACTIONS["link"]],
    },
    "confirm": {"kind": "confirm", "alt_text": "", "text": "", "actions": [ACTIONS["message"], ACTIONS["message"]]},
    "flex": {"kind": "flex", "alt_text": "", "contents": BUBBLE, "source": ""},
    "json": {"kind": "json", "message": {"type": "text", "text": "Hello"}, "source": ""},
}
QUICK_REPLY: Json = {"action": ACTIONS["message"], "icon_file_id": None}

# Names and icons of the kinds, in the order in which they are offered.
KIND_NAMES: dict[str, tuple[Text, str]] = {
    "text": (_l("Text"), "message"),
    "image": (_l("Image"), "photo"),
    "video": (_l("Video"), "video"),
    "audio": (_l("Audio"), "music"),
    "sticker": (_l("Sticker"), "mood-smile"),
    "location": (_l("Location"), "map-pin"),
    # Made where an answer is written; no button adds it.
    "download": (_l("File as a link"), "file-download"),
    "rich": (_l("Rich Message"), "layout-grid"),
    "rich_video": (_l("Rich Video"), "movie"),
    "cards": (_l("Card Type Message"), "cards"),
    "buttons": (_l("Buttons"), "square-rounded-plus"),
    "confirm": (_l("Confirm"), "help"),
    "flex": (_l("Flex"), "layout"),
    "json": (_l("JSON"), "code"),
}
# The partial with the fields of each kind.
KIND_TEMPLATES: dict[str, str] = {
    "text": "messages/composer/kinds/_text.html",
    "image": "messages/composer/kinds/_image.html",
    "video": "messages/composer/kinds/_video.html",
    "audio": "messages/composer/kinds/_audio.html",
    "sticker": "messages/composer/kinds/_sticker.html",
    "location": "messages/composer/kinds/_location.html",
    "download": "messages/composer/kinds/_download.html",
    "rich": "messages/composer/kinds/_rich.html",
    "rich_video": "messages/composer/kinds/_rich_video.html",
    "cards": "messages/composer/kinds/_cards.html",
    "buttons": "messages/composer/kinds/_buttons.html",
    "confirm": "messages/composer/kinds/_confirm.html",
    "flex": "messages/composer/kinds/_flex.html",
    "json": "messages/composer/kinds/_json.html",
}
ACTION_NAMES: dict[str, Text] = {
    "link": _l("Open a link"),
    "message": _l("Send a message"),
    "postback": _l("Postback"),
    "date": _l("Choose a date"),
    "clipboard": _l("Copy a text"),
    "phone": _l("Camera, photos or location"),
}
CARD_NAMES: dict[str, Text] = {
    "product": _l("Product"),
    "image": _l("Image"),
    "button": _l("Button"),
    "json": _l("JSON"),
}
TEMPLATE_NAMES: dict[str, Text] = AREA_TEMPLATE_NAMES | {"free": FREE}

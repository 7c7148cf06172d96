"""Messages other than templates and flex: text, stickers, pictures, places and the rest."""

import re
from typing import Any

from sandbox.line import undocumented
from sandbox.line.counting import utf16_units
from sandbox.line.validation.actions import is_link
from sandbox.line.validation.catalogue import is_emoji, is_sticker
from sandbox.line.validation.problems import BAD_URI, EMPTY, REQUIRED, Problems, invalid_message, invalid_property

TRACKING_ID = re.compile(r"[a-zA-Z0-9\-.=,+*()%$&;:@{}!?<>\[\]]{1,100}\Z")
PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
KEY = re.compile(r"[0-9a-zA-Z_]{1,20}\Z")
DELIVERY_TAG = re.compile(r"[a-zA-Z0-9_]{1,30}\Z")
EMOJIS = 20
LONGEST_TEXT = 5000


def check_text(problems: Problems, message: dict[str, Any], path: str) -> None:
    text = problems.text(message, "text", path, LONGEST_TEXT)
    if message.get("emojis") is None:
        return
    for where, emoji in problems.items(message, "emojis", path, 1, EMOJIS):
        _check_emoji(problems, emoji, where)
        if text is not None and not _is_placeholder(text, emoji.get("index")):
            problems.add(f"{where}.index", undocumented.NO_PLACEHOLDER)


def _is_placeholder(text: str, index: Any) -> bool:
    """Whether the UTF-16 unit at this index is the dollar sign that an emoji replaces."""
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < utf16_units(text):
        return False
    return text.encode("utf-16-le", "surrogatepass")[index * 2 : index * 2 + 2] == "$".encode("utf-16-le")


def check_text_v2(problems: Problems, message: dict[str, Any], path: str) -> None:
    text = problems.text(message, "text", path, LONGEST_TEXT)
    substitution = message.get("substitution") or {}
    problems.thing(substitution, f"{path}.substitution")
    if len(substitution) > 100:
        problems.add(f"{path}.substitution", "Size must be between 0 and 100")
    for key, value in substitution.items():
        where = f"{path}.substitution.{key}"
        if not KEY.match(key):
            problems.add(where, undocumented.BAD_KEY)
        _check_substitute(problems, problems.thing(value, where), where)
    if re.search("[{}]", PLACEHOLDER.sub("", text or "")):
        problems.add(f"{path}.text", undocumented.LONE_BRACE)
    _check_placeholders(problems, text or "", substitution, path)
    for kind in ("mention", "emoji"):
        if sum(value.get("type") == kind for value in substitution.values()) > EMOJIS:
            problems.add(f"{path}.substitution", undocumented.TOO_MANY_OF_KIND.format(kind=kind, most=EMOJIS))


def _check_placeholders(problems: Problems, text: str, substitution: dict[str, Any], path: str) -> None:
    names = [match.group(1) for match in PLACEHOLDER.finditer(text) if match.group(1) is not None]
    for name in names:
        if not KEY.match(name):
            words = f"The key '{name}' enclosed in '{{}}' does not match the pattern '^[a-zA-Z0-9_]{{1,20}}$'."
            raise invalid_message(path, [{"message": words, "property": "text"}])
        if name not in substitution:
            problems.add(f"{path}.text", undocumented.NOT_DEFINED.format(name=name))


def _check_substitute(problems: Problems, value: dict[str, Any], path: str) -> None:
    kind = problems.choice(value, "type", path, ("mention", "emoji"))
    if kind == "emoji":
        _check_emoji(problems, value, path)
    elif kind == "mention":
        target = problems.thing(value.get("mentionee") or {}, f"{path}.mentionee")
        if problems.choice(target, "type", f"{path}.mentionee", ("user", "all")) == "user":
            problems.text(target, "userId", f"{path}.mentionee", 33)


def _check_emoji(problems: Problems, emoji: dict[str, Any], path: str) -> None:
    product, number = (problems.text(emoji, name, path, 100) for name in ("productId", "emojiId"))
    if product is not None and number is not None and not is_emoji(product, number):
        problems.add(path, undocumented.BAD_EMOJI)


def check_sticker(problems: Problems, message: dict[str, Any], path: str) -> None:
    package, number = (problems.text(message, name, path, 20) for name in ("packageId", "stickerId"))
    if package is not None and number is not None and not is_sticker(package, number):
        problems.add(f"{path}.stickerId", undocumented.BAD_STICKER)


def check_image(problems: Problems, message: dict[str, Any], path: str) -> None:
    problems.address(message, "originalContentUrl", path)
    problems.address(message, "previewImageUrl", path)


def check_video(problems: Problems, message: dict[str, Any], path: str) -> None:
    check_image(problems, message, path)
    tracking_id = problems.text(message, "trackingId", path, 100, required=None)
    if tracking_id is not None and not TRACKING_ID.match(tracking_id):
        problems.add(f"{path}.trackingId", undocumented.BAD_CHARACTERS)


def check_audio(problems: Problems, message: dict[str, Any], path: str) -> None:
    problems.address(message, "originalContentUrl", path)
    problems.number(message, "duration", path, lowest=1)


def check_location(problems: Problems, message: dict[str, Any], path: str) -> None:
    problems.text(message, "title", path, 100)
    problems.text(message, "address", path, 100)
    problems.number(message, "latitude", path, lowest=-90, highest=90)
    problems.number(message, "longitude", path, lowest=-180, highest=180)


def check_coupon(problems: Problems, message: dict[str, Any], path: str) -> None:
    problems.text(message, "couponId", path, 100)
    tag = problems.text(message, "deliveryTag", path, 30, required=None)
    if tag is not None and not DELIVERY_TAG.match(tag):
        problems.add(f"{path}.deliveryTag", undocumented.BAD_CHARACTERS)


def check_imagemap(problems: Problems, message: dict[str, Any], path: str) -> None:
    problems.address(message, "baseUrl", path)
    problems.text(message, "altText", path, 1500)
    size = problems.thing(message.get("baseSize") or {}, f"{path}.baseSize")
    problems.number(size, "height", f"{path}.baseSize", lowest=1)
    if size.get("width") != 1040:
        problems.add(f"{path}.baseSize.width", "Must be one of the following values: [1040]")
    for where, action in problems.items(message, "actions", path, 0, 50):
        _check_region(problems, action, where)
    if message.get("video") is not None:
        _check_imagemap_video(problems, problems.thing(message["video"], f"{path}.video"), f"{path}.video")


def _check_region(problems: Problems, action: dict[str, Any], path: str) -> None:
    kind = problems.choice(action, "type", path, ("uri", "message", "clipboard"))
    problems.text(action, "label", path, 100, required=None)
    if kind == "uri":
        link = problems.text(action, "linkUri", path, 1000, required=REQUIRED)
        if link is not None and not is_link(link):
            problems.add(f"{path}.linkUri", BAD_URI)
    elif kind == "message":
        problems.text(action, "text", path, 400, required=REQUIRED)
    elif kind == "clipboard":
        problems.text(action, "clipboardText", path, 1000, required=REQUIRED)
    _check_area(problems, action.get("area"), f"{path}.area")


def _check_area(problems: Problems, value: Any, path: str) -> None:
    if value is None:
        problems.add(path, EMPTY)
        return
    area = problems.thing(value, path)
    for name in ("x", "y"):
        problems.number(area, name, path, lowest=0)
    for name in ("width", "height"):
        problems.number(area, name, path, lowest=1)


def _check_imagemap_video(problems: Problems, video: dict[str, Any], path: str) -> None:
    check_image(problems, video, path)
    _check_area(problems, video.get("area"), f"{path}.area")
    if video.get("externalLink") is not None:
        link = problems.thing(video["externalLink"], f"{path}.externalLink")
        problems.address(link, "linkUri", f"{path}.externalLink")
        problems.text(link, "label", f"{path}.externalLink", 30)


def check_silence(body: dict[str, Any]) -> bool:
    """Check the notificationDisabled switch of a request."""
    value = body.get("notificationDisabled", False)
    if not isinstance(value, bool):
        raise invalid_property("notificationDisabled")
    return value

"""Checking message objects as LINE does, behind sending and behind the validate endpoints alike."""

import re
import unicodedata
from typing import Any

from sandbox.line import undocumented
from sandbox.line.validation import media
from sandbox.line.validation.actions import QUICK_REPLY, check_action
from sandbox.line.validation.flex import check_flex
from sandbox.line.validation.problems import EMPTY, Problems, invalid_property
from sandbox.line.validation.templates import check_template

CHECKS = {
    "text": media.check_text,
    "textV2": media.check_text_v2,
    "sticker": media.check_sticker,
    "image": media.check_image,
    "video": media.check_video,
    "audio": media.check_audio,
    "location": media.check_location,
    "imagemap": media.check_imagemap,
    "template": check_template,
    "flex": check_flex,
    "coupon": media.check_coupon,
}
QUICK_REPLIES = 13
# Not as a part of a longer Latin word, such as "online".
FORBIDDEN_NAME = re.compile(r"(?<![a-z])line(?![a-z])", re.IGNORECASE)


def check_messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Check the one to five message objects of a request; raises the answer LINE would give to bad ones."""
    messages = body.get("messages")
    problems = Problems()
    if messages is None:
        problems.add("messages", EMPTY)
    elif not isinstance(messages, list):
        raise invalid_property("messages")
    elif not 1 <= len(messages) <= 5:
        problems.add("messages", "Size must be between 1 and 5")
    problems.raise_any()
    for number, message in enumerate(messages or []):
        path = f"messages[{number}]"
        _check_message(problems, problems.thing(message, path), path)
    problems.raise_any()
    return list(messages or [])


def _check_message(problems: Problems, message: dict[str, Any], path: str) -> None:
    if message.get("type") == "file":
        problems.add(path, "This message type is not available for your account")
        return
    kind = problems.choice(message, "type", path, tuple(CHECKS))
    if kind is None:
        return
    CHECKS[kind](problems, message, path)
    if message.get("quickReply") is not None:
        _check_quick_reply(problems, problems.thing(message["quickReply"], f"{path}.quickReply"), path)
    if message.get("sender") is not None:
        _check_sender(problems, problems.thing(message["sender"], f"{path}.sender"), f"{path}.sender")


def _check_quick_reply(problems: Problems, quick_reply: dict[str, Any], path: str) -> None:
    for where, item in problems.items(quick_reply, "items", f"{path}.quickReply", 1, QUICK_REPLIES):
        problems.choice(item, "type", where, ("action",))
        problems.address(item, "imageUrl", where, required=False)
        check_action(problems, item.get("action"), f"{where}.action", QUICK_REPLY)


def _check_sender(problems: Problems, sender: dict[str, Any], path: str) -> None:
    name = problems.text(sender, "name", path, 20, required=None)
    if name is not None and FORBIDDEN_NAME.search(unicodedata.normalize("NFKC", name)):
        problems.add(f"{path}.name", undocumented.BAD_NAME)
    problems.address(sender, "iconUrl", path, required=False)

"""Typed values of LINE's answers, read tolerantly: new fields and unknown words are no errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core import lenient_json
from app.core.names import name_from_outside


@dataclass(frozen=True)
class Token:
    """A channel access token; `expires_at` is None for a pasted long-lived one."""

    value: str
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        """Leave out the token, so that no traceback or log line shows it."""
        return f"Token(expires_at={self.expires_at})"


@dataclass(frozen=True)
class BotInfo:
    """The account as LINE describes it."""

    user_id: str
    basic_id: str
    premium_id: str | None
    name: str
    picture_url: str | None
    chat_mode: str | None
    mark_as_read_mode: str | None

    @classmethod
    def read(cls, body: Any) -> BotInfo:
        """Read LINE's bot info."""
        return cls(
            user_id=lenient_json.text(body, "userId") or "",
            basic_id=lenient_json.text(body, "basicId") or "",
            premium_id=lenient_json.text(body, "premiumId"),
            name=name_from_outside(lenient_json.text(body, "displayName")) or lenient_json.text(body, "basicId") or "",
            picture_url=lenient_json.text(body, "pictureUrl"),
            chat_mode=lenient_json.text(body, "chatMode"),
            mark_as_read_mode=lenient_json.text(body, "markAsReadMode"),
        )


@dataclass(frozen=True)
class WebhookEndpoint:
    """Where LINE sends events, and whether the "Use webhook" switch is on."""

    endpoint: str | None
    active: bool


@dataclass(frozen=True)
class WebhookTest:
    """The result of LINE's own test call; `reason` is OK or LINE's word for the trouble."""

    success: bool
    status_code: int | None
    reason: str
    detail: str

    @classmethod
    def read(cls, body: Any) -> WebhookTest:
        """Read LINE's answer to the test request."""
        return cls(
            success=lenient_json.flag(body, "success"),
            status_code=lenient_json.number(body, "statusCode"),
            reason=lenient_json.text(body, "reason") or "UNCLASSIFIED",
            detail=lenient_json.text(body, "detail") or "",
        )


@dataclass(frozen=True)
class Quota:
    """Messages of this month: how many may be sent (None: no limit) and roughly how many were."""

    limit: int | None
    used: int


@dataclass(frozen=True)
class Profile:
    """The profile of a user."""

    user_id: str
    display_name: str | None
    picture_url: str | None
    status_message: str | None
    language: str | None

    @classmethod
    def read(cls, user_id: str, body: Any) -> Profile:
        """Read LINE's profile of this user."""
        return cls(
            user_id=user_id,
            display_name=name_from_outside(lenient_json.text(body, "displayName")),
            picture_url=lenient_json.text(body, "pictureUrl"),
            status_message=name_from_outside(lenient_json.text(body, "statusMessage")),
            language=lenient_json.text(body, "language"),
        )


@dataclass(frozen=True)
class FollowerPage:
    """A page of follower ids. It may be short or even empty and still have a `next`; without one, it is the last."""

    ids: list[str]
    next: str | None

    @classmethod
    def read(cls, body: Any) -> FollowerPage:
        """Read LINE's answer."""
        ids = [item for item in lenient_json.items(body, "userIds") if isinstance(item, str) and item]
        return cls(ids, lenient_json.text(body, "next"))


@dataclass(frozen=True)
class LineMenuArea:
    """An area of a rich menu in pixels of its image; `action` has those properties of LINE's action that are texts."""

    x: int
    y: int
    width: int
    height: int
    action: Mapping[str, str]

    @classmethod
    def read(cls, body: Any) -> LineMenuArea:
        """Read one entry of a menu's areas."""
        bounds, action = lenient_json.mapping(body, "bounds"), lenient_json.mapping(body, "action")
        x, y, width, height = (lenient_json.number(bounds, name) or 0 for name in ("x", "y", "width", "height"))
        words = {name: name_from_outside(value) for name, value in action.items() if isinstance(value, str)}
        return cls(x, y, width, height, {name: value for name, value in words.items() if value})


@dataclass(frozen=True)
class LineRichMenu:
    """A rich menu as LINE knows it; width and height are those of its image."""

    menu_id: str
    name: str
    chat_bar_text: str
    is_open: bool
    width: int
    height: int
    areas: tuple[LineMenuArea, ...]

    @classmethod
    def read(cls, body: Any) -> LineRichMenu:
        """Read one entry of LINE's list, or its answer about one menu."""
        size = lenient_json.mapping(body, "size")
        return cls(
            menu_id=lenient_json.text(body, "richMenuId") or "",
            name=name_from_outside(lenient_json.text(body, "name")) or "",
            chat_bar_text=name_from_outside(lenient_json.text(body, "chatBarText")) or "",
            is_open=lenient_json.flag(body, "selected"),
            width=lenient_json.number(size, "width") or 0,
            height=lenient_json.number(size, "height") or 0,
            areas=tuple(LineMenuArea.read(one) for one in lenient_json.items(body, "areas")),
        )


@dataclass(frozen=True)
class GroupSummary:
    """Name and picture of a group."""

    name: str | None
    picture_url: str | None


# How LINE names a property in a message without details.
_PROPERTY = re.compile(r"messages\[\d+\][^'\")\s]*")


@dataclass(frozen=True)
class MessageComplaint:
    """What LINE would refuse of messages: its words, and the property such as `messages[0].text`; "" is the whole."""

    place: str
    words: str

    @classmethod
    def read_all(cls, body: Any) -> list[MessageComplaint]:
        """Read the body of a refusal; there is always one."""
        message = lenient_json.text(body, "message") or "?"
        found = _PROPERTY.search(message)
        named = found[0] if found else ""
        told = [
            cls(_whole_place(named, lenient_json.text(one, "property") or ""), words)
            for one in lenient_json.items(body, "details")
            if (words := lenient_json.text(one, "message"))
        ]
        return told or [cls(named, message)]


def _whole_place(message: str, place: str) -> str:
    """Return a property from the whole request on; inside a message, LINE writes `text`, and in Flex `/body/size`."""
    if place.startswith("/"):
        return f"{message}.contents" + place.replace("/", ".")
    return place if place.startswith("messages") or not message else f"{message}.{place}".removesuffix(".")

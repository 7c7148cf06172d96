"""Text, pictures, films, sound, stickers and places: one message object of LINE each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from app.core.i18n import _, _l
from app.messages.content.building import Builder
from app.messages.content.counting import utf16_units
from app.messages.content.filling import Fillable, in_braces
from app.messages.content.personal_text import LineEmoji, Mention, PersonalValue, Piece

LONGEST_TEXT = 5_000
MOST_EMOJI = MOST_MENTIONS = 20
PREVIEW_WIDTH = 460
# Sound that may be uploaded, but does not play in LINE.
UNPLAYED = frozenset({"audio/wav", "audio/ogg"})
_TRACKING_ID = re.compile(r"[a-zA-Z0-9\-.=,+*()%$&;:@{}!?<>\[\]]{1,100}\Z")
_NUMBER = re.compile(r"[0-9]{1,20}\Z")


@dataclass(frozen=True)
class TextMessage:
    """Words, with LINE emoji and personal values."""

    text: str = ""
    kind: Literal["text"] = "text"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `text`, or `textV2` where emoji or mentions have places in it."""
        pieces = builder.pieces("text", self.text)
        places = [one for one in pieces if isinstance(one, LineEmoji | Mention)]
        if not places:
            parts = tuple(one for one in pieces if isinstance(one, str | PersonalValue))
            return {"type": "text", "text": builder.checked("text", Fillable(parts, LONGEST_TEXT, utf16_units))}
        _check_places(places, builder)
        parts, substitution = _with_places(pieces)
        text = builder.checked("text", Fillable(parts, LONGEST_TEXT, utf16_units, in_braces))
        return {"type": "textV2", "text": text, "substitution": substitution}


@dataclass(frozen=True)
class ImageMessage:
    """A picture."""

    file_id: int | None = None
    kind: Literal["image"] = "image"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `image`; both addresses give JPEG or PNG in at most 1,040 pixels' width."""
        links = builder.file("file_id", self.file_id, "image")
        if links is None:
            return {"type": "image"}
        preview = links.in_width(PREVIEW_WIDTH)
        return {"type": "image", "originalContentUrl": links.in_width(1040), "previewImageUrl": preview}


@dataclass(frozen=True)
class VideoMessage:
    """A film with the picture that stands for it; with a tracking ID, LINE tells when a friend has seen it all."""

    file_id: int | None = None
    preview_file_id: int | None = None
    tracking_id: str = ""
    kind: Literal["video"] = "video"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `video`."""
        video = builder.file("file_id", self.file_id, "video")
        preview = builder.file("preview_file_id", self.preview_file_id, "image")
        message: dict[str, Any] = {"type": "video"}
        if video and preview:
            message |= {"originalContentUrl": video.url, "previewImageUrl": preview.in_width(PREVIEW_WIDTH)}
        if self.tracking_id:
            message["trackingId"] = builder.placed("tracking_id", self.tracking_id)
            self._check_tracking(builder)
        return message

    def _check_tracking(self, builder: Builder) -> None:
        if not _TRACKING_ID.match(self.tracking_id):
            builder.complain(
                _l("A tracking ID has 1 to 100 letters, digits and marks of ASCII, without blanks."), "tracking_id"
            )
        if builder.is_for_group:
            builder.complain(_l("LINE tracks videos in chats with one friend only."), "tracking_id")


@dataclass(frozen=True)
class AudioMessage:
    """Sound."""

    file_id: int | None = None
    kind: Literal["audio"] = "audio"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `audio`."""
        links = builder.file("file_id", self.file_id, "audio")
        if links is None:
            return {"type": "audio"}
        if links.media_type in UNPLAYED:
            builder.complain(_l("LINE plays MP3 and M4A sound only. Save the sound as one of them."), "file_id")
        return {"type": "audio", "originalContentUrl": links.url, "duration": links.duration or 1}


@dataclass(frozen=True)
class StickerMessage:
    """A sticker of those that LINE lets accounts send."""

    package_id: str = ""
    sticker_id: str = ""
    kind: Literal["sticker"] = "sticker"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `sticker`."""
        if not _NUMBER.match(self.package_id) or not _NUMBER.match(self.sticker_id):
            builder.complain(_l("Choose a sticker."), "sticker_id")
        return {
            "type": "sticker",
            "packageId": builder.placed("package_id", self.package_id),
            "stickerId": builder.placed("sticker_id", self.sticker_id),
        }


@dataclass(frozen=True)
class LocationMessage:
    """A place on the map; degrees, north and east are positive."""

    title: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    kind: Literal["location"] = "location"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `location`."""
        for name, most in (("latitude", 90), ("longitude", 180)):
            degrees = getattr(self, name)
            if degrees is None or not -most <= degrees <= most:
                wrong = _("Write a number from %(least)s to %(most)s.", least=-most, most=most)
                builder.complain(wrong, name, is_missing=degrees is None)
        return {
            "type": "location",
            "title": builder.text("title", self.title, 100),
            "address": builder.text("address", self.address, 100),
            "latitude": self.latitude,
            "longitude": self.longitude,
        }


def _check_places(places: list[LineEmoji | Mention], builder: Builder) -> None:
    mentions = sum(isinstance(one, Mention) for one in places)
    if len(places) - mentions > MOST_EMOJI:
        builder.complain(_("At most %(most)s LINE emoji in a text.", most=MOST_EMOJI), "text")
    if mentions > MOST_MENTIONS:
        builder.complain(_("At most %(most)s mentions in a text.", most=MOST_MENTIONS), "text")
    if mentions and not builder.is_for_group:
        builder.complain(_l("Members can be mentioned in group chats only."), "text")


def _with_places(pieces: tuple[Piece, ...]) -> tuple[tuple[str | PersonalValue, ...], dict[str, Any]]:
    """Return the parts of a `textV2` with `{p0}`, `{p1}` … for emoji and mentions, and what these stand for."""
    parts: list[str | PersonalValue] = []
    substitution: dict[str, Any] = {}
    for one in pieces:
        if isinstance(one, LineEmoji | Mention):
            key = f"p{len(substitution)}"
            substitution[key] = _substitute(one)
            parts.append("{" + key + "}")
        else:
            parts.append(in_braces(one) if isinstance(one, str) else one)
    return tuple(parts), substitution


def _substitute(place: LineEmoji | Mention) -> dict[str, Any]:
    if isinstance(place, LineEmoji):
        return {"type": "emoji", "productId": place.product_id, "emojiId": place.emoji_id}
    everyone = place.user_id == "all"
    mentionee = {"type": "all"} if everyone else {"type": "user", "userId": place.user_id}
    return {"type": "mention", "mentionee": mentionee}

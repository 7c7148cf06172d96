"""Pictures and films that fill the chat's width, with areas to tap: LINE's imagemap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from app.core.i18n import _, _l
from app.messages.content.actions import ClipboardAction, LinkAction, MessageAction
from app.messages.content.area_templates import AREA_TEMPLATES, laid_out
from app.messages.content.building import Builder, MediaLinks
from app.messages.content.kinds.buttons import alternative

WIDTH = 1_040
MOST_AREAS = 50
LONGEST_AREA_TEXT = 400
LONGEST_END_LABEL = 30

AreaAction = Annotated[LinkAction | MessageAction | ClipboardAction, Field(discriminator="kind")]


@dataclass(frozen=True)
class Area:
    """A rectangle in pixels of a picture that is 1,040 pixels wide, and what a tap on it does."""

    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0
    action: AreaAction | None = None


def rectangles(template: str, height: int) -> list[tuple[int, int, int, int]]:
    """Return the areas of a template for a picture of this height."""
    return laid_out(AREA_TEMPLATES[template].places, WIDTH, height)


@dataclass(frozen=True)
class RichMessage:
    """A picture with areas to tap."""

    alt_text: str = ""
    file_id: int | None = None
    template: str = "full"
    areas: tuple[Area, ...] = ()
    kind: Literal["rich"] = "rich"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `imagemap`; LINE asks for the picture in five widths behind the address."""
        alt_text = alternative(self.alt_text, builder)
        links = builder.file("file_id", self.file_id, "image")
        if len(self.areas) > MOST_AREAS:
            builder.complain(_("At most %(most)s areas.", most=MOST_AREAS), "areas")
        if not self.areas:
            builder.complain(_l("Add at least one area."), "areas", is_missing=True)
        if links is None:
            return {"type": "imagemap", "altText": alt_text}
        height = height_at_width(links)
        actions = _areas(self.areas, builder, height)
        size = {"width": WIDTH, "height": height}
        return {"type": "imagemap", "baseUrl": links.url, "altText": alt_text, "baseSize": size, "actions": actions}


@dataclass(frozen=True)
class RichVideo:
    """A film that plays by itself without sound, with a link at its end. LINE does not tell who saw it all."""

    alt_text: str = ""
    file_id: int | None = None
    preview_file_id: int | None = None
    end_label: str = ""
    end_url: str = ""
    kind: Literal["rich_video"] = "rich_video"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `imagemap` with a video over the whole picture."""
        alt_text = alternative(self.alt_text, builder)
        video = builder.file("file_id", self.file_id, "video")
        picture = builder.file("preview_file_id", self.preview_file_id, "image")
        link = self._link(builder)
        if video is None or picture is None:
            return {"type": "imagemap", "altText": alt_text}
        height = height_at_width(picture)
        whole = {"x": 0, "y": 0, "width": WIDTH, "height": height}
        film = {"originalContentUrl": video.url, "previewImageUrl": picture.in_width(WIDTH), "area": whole}
        size = {"width": WIDTH, "height": height}
        message = {"type": "imagemap", "baseUrl": picture.url, "altText": alt_text, "baseSize": size, "actions": []}
        return message | {"video": film | ({"externalLink": link} if link else {})}

    def _link(self, builder: Builder) -> dict[str, Any] | None:
        if not self.end_label and not self.end_url:
            return None
        address = builder.address("end_url", self.end_url)
        return {"linkUri": address, "label": builder.text("end_label", self.end_label, LONGEST_END_LABEL)}


def height_at_width(links: MediaLinks) -> int:
    """Return the picture's height when it is 1,040 pixels wide."""
    return round(WIDTH * (links.height or WIDTH) / (links.width or WIDTH))


def _areas(areas: Iterable[Area], builder: Builder, height: int) -> list[dict[str, Any]]:
    built = []
    for number, area in enumerate(areas):
        with builder.inside("areas", number):
            if not _fits(area, height):
                builder.complain(_l("The area lies outside of the picture, or has no size."), "width")
            if area.action is None:
                builder.complain(_l("Choose what a tap does."), "action", is_missing=True)
                continue
            with builder.inside("action"):
                built.append(_area(area, area.action, builder))
    return built


def _fits(area: Area, height: int) -> bool:
    inside = area.x + area.width <= WIDTH and area.y + area.height <= height
    return area.x >= 0 and area.y >= 0 and area.width > 0 and area.height > 0 and inside


def _area(area: Area, action: LinkAction | MessageAction | ClipboardAction, builder: Builder) -> dict[str, Any]:
    place = {"x": area.x, "y": area.y, "width": area.width, "height": area.height}
    match action:
        case LinkAction():
            built: dict[str, Any] = {"type": "uri", "linkUri": builder.address("url", action.url)}
        case MessageAction():
            built = {"type": "message", "text": builder.text("text", action.text, LONGEST_AREA_TEXT)}
        case ClipboardAction():
            built = action.build(builder)
    return built | {"area": place}

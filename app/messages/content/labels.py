"""What members call the kinds of messages; the names of the seeds and of LINE's own pages."""

from __future__ import annotations

from app.core.i18n import Text, _l

KIND_LABELS: dict[str, Text] = {
    "text": _l("Text"),
    "image": _l("Image"),
    "video": _l("Video"),
    "audio": _l("Sound"),
    "sticker": _l("Sticker"),
    "location": _l("Location"),
    "rich": _l("Rich Message"),
    "rich_video": _l("Rich Video"),
    "cards": _l("Card Type"),
    "buttons": _l("Buttons"),
    "confirm": _l("Confirm"),
    "flex": _l("Flex Message"),
    "json": _l("JSON"),
}

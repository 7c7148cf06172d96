"""A file that LINE carries in no message: a card with its name and the link of a page from which it is downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from jinja2.filters import do_filesizeformat

from app.core.i18n import _, _l, in_language, workspace_language
from app.messages.content.building import Builder

LONGEST_NAME = 100


@dataclass(frozen=True)
class DownloadMessage:
    """A file by its link; `size` is in bytes."""

    file_id: int | None = None
    name: str = ""
    size: int = 0
    kind: Literal["download"] = "download"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `flex`, in the workspace's language."""
        links = builder.media.get(self.file_id or 0)
        if links is None:
            builder.complain(_l("This file is not there any more. Choose another one."), "file_id")
        name = self.name[:LONGEST_NAME] or "–"
        with in_language(workspace_language()):
            size, label = do_filesizeformat(self.size), _("Open")
        body = [
            {"type": "text", "text": name, "weight": "bold", "wrap": True},
            {"type": "text", "text": size, "size": "sm", "color": "#666666"},
        ]
        action = {"type": "uri", "label": label, "uri": links.page if links else ""}
        bubble = {
            "type": "bubble",
            "size": "kilo",
            "body": {"type": "box", "layout": "vertical", "spacing": "sm", "contents": body},
            "footer": {
                "type": "box",
                "layout": "vertical",
                "contents": [{"type": "button", "style": "link", "height": "sm", "action": action}],
            },
        }
        return {"type": "flex", "altText": name, "contents": bubble}

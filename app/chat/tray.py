"""The messages that wait in the composer, in a line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import Text
from app.line.shop_pictures import sticker_picture
from app.media.models import Kind, MediaFile
from app.messages.composer.blanks import KIND_NAMES


@dataclass(frozen=True)
class Waiting:
    """A message: its kind in a word and an icon, its words, its picture, and whether it goes as a link."""

    kind: Text
    icon: str
    words: str
    # The id of an image that is shown small, or the address of a sticker's picture.
    image_id: int | None = None
    picture: str | None = None
    is_link: bool = False


def tray_of(account_id: int, messages: Sequence[Mapping[str, Any]]) -> list[Waiting]:
    """Return the messages in order."""
    ids = {one["file_id"] for one in messages if isinstance(one.get("file_id"), int)}
    query = select(MediaFile).where(MediaFile.account_id == account_id, MediaFile.id.in_(ids))
    files = {one.id: one for one in db.session.scalars(query)} if ids else {}
    return [_waiting(one, files.get(one.get("file_id", 0))) for one in messages]


def _waiting(message: Mapping[str, Any], file: MediaFile | None) -> Waiting:
    kind, icon = KIND_NAMES[message["kind"]]
    words = (
        message.get("text")
        or message.get("title")
        or message.get("name")
        or message.get("alt_text")
        or (file.name if file else "")
    )
    return Waiting(
        kind,
        icon,
        " ".join(str(words).split())[:120],
        image_id=file.id if file is not None and file.kind == Kind.IMAGE else None,
        picture=sticker_picture(message.get("sticker_id")) if message["kind"] == "sticker" else None,
        is_link=message["kind"] == "download",
    )

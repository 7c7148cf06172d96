"""How uploaded files go out: as LINE's own messages where it carries them, else as a card with a link."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import _l
from app.media.models import Kind, MediaFile, Visibility
from app.media.operations.files import add_file
from app.media.receiving import Incoming
from app.messages.content.kinds.plain import UNPLAYED
from app.team.actors import Actor

FILM = (640, 360)


def messages_of_files(account_id: int, file_ids: Sequence[int], *, actor: Actor) -> list[dict[str, Any]]:
    """Return a message for each of these files of the account, in order; raises Conflict for one that is gone.

    A video gets a plain picture that stands for it.
    """
    return [_message(account_id, one, actor) for one in file_ids]


def _message(account_id: int, file_id: int, actor: Actor) -> dict[str, Any]:
    file = db.session.get(MediaFile, file_id)
    if file is None or file.account_id != account_id or file.public_key is None:
        raise Conflict(_l("One of the files has been removed. Choose it again."))
    if file.kind == Kind.IMAGE:
        return {"kind": "image", "file_id": file.id}
    if file.kind == Kind.AUDIO and file.media_type not in UNPLAYED:
        return {"kind": "audio", "file_id": file.id}
    if file.kind == Kind.VIDEO:
        preview = _preview(account_id, actor)
        return {"kind": "video", "file_id": file_id, "preview_file_id": preview.id, "tracking_id": ""}
    return {"kind": "download", "file_id": file.id, "name": file.name, "size": file.size}


def _preview(account_id: int, actor: Actor) -> MediaFile:
    """Store a dark picture with the mark of a film."""
    with Incoming(frozenset({Kind.IMAGE})) as incoming:
        incoming.write(_drawn_film())
        received = incoming.finish()
        return add_file(account_id, received, name="video.png", visibility=Visibility.PUBLIC, actor=actor)


@lru_cache(maxsize=1)
def _drawn_film() -> bytes:
    picture = Image.new("RGB", FILM, "#1a222d")
    middle, height = (FILM[0] // 2, FILM[1] // 2), FILM[1] // 6
    places = [(-height * 2 // 3, -height), (-height * 2 // 3, height), (height, 0)]
    ImageDraw.Draw(picture).polygon([(middle[0] + x, middle[1] + y) for x, y in places], fill="#ffffff")
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()

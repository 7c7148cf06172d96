"""Uploaded files for tests, and contents of every type."""

from __future__ import annotations

import io
import struct
import wave

from PIL import Image

from app.core.db import db
from app.media.models import MediaFile, Visibility
from app.media.operations.files import add_file
from app.media.receiving import Incoming
from app.team.actors import SYSTEM


def picture(
    form: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", color: object = "red", **options: object
) -> bytes:
    """An image of one colour in this format."""
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, form, **options)  # type: ignore[arg-type]
    return out.getvalue()


def sound(seconds: float = 1.5) -> bytes:
    """Silence as WAV."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(b"\0\0" * int(8_000 * seconds))
    return out.getvalue()


def silence(seconds: float = 1.5) -> bytes:
    """Silence as MP3: frames of 26 milliseconds without sound."""
    frame = b"\xff\xfb\x90\xc4" + b"\0" * 413
    return frame * round(seconds * 44_100 / 1_152)


def video(brand: bytes = b"isom", milliseconds: int = 2_500, track: bytes = b"vide", data: bytes = b"x" * 64) -> bytes:
    """An MP4 container with an empty track of this kind, which says how long it is."""
    movie_header = struct.pack(">4xIIIII", 0, 0, 1_000, milliseconds, 0x10000) + b"\0" * 76
    handler = _box(b"hdlr", b"\0" * 8 + track + b"\0" * 13)
    return (
        _box(b"ftyp", brand + b"\0\0\2\0isomiso2")
        + _box(b"moov", _box(b"mvhd", movie_header) + _box(b"trak", _box(b"mdia", handler)))
        + _box(b"mdat", data)
    )


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


PDF = b"%PDF-1.7\n" + b"1 0 obj << /Type /Catalog >> endobj\n" * 3 + b"startxref\n0\n%%EOF\n"


def media_file(
    account_id: int,
    content: bytes = b"",
    name: str = "picture.png",
    visibility: Visibility = Visibility.PUBLIC,
    permission: str | None = None,
) -> MediaFile:
    """A stored file that the system uploaded; a small PNG unless something else is given."""
    with Incoming() as incoming:
        incoming.write(content or picture())
        received = incoming.finish()
        file = add_file(account_id, received, name=name, visibility=visibility, permission=permission, actor=SYSTEM)
    db.session.commit()
    return file

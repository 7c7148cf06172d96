"""Uploaded pictures: what they are is read from their bytes, never from what the browser says."""

from __future__ import annotations

from app.core.errors import InvalidInput
from app.core.i18n import _l

MOST_BYTES = 256 * 1024


def media_type(content: bytes, field: str = "icon") -> str:
    """Return the media type of a PNG, JPEG or WebP picture; raises InvalidInput for `field`."""
    if len(content) > MOST_BYTES:
        raise InvalidInput({field: _l("The picture is larger than 256 KB. Make it smaller and try again.")})
    kind = _kind(content)
    if kind is None:
        raise InvalidInput({field: _l("Choose a PNG, JPEG or WebP picture.")})
    return kind


def _kind(content: bytes) -> str | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None

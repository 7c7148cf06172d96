"""The image of a rich menu as LINE takes it: PNG or JPEG of at most 1 MB."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import IO

from app.core.errors import PermanentFailure
from app.media import images
from app.media.queries import StoredFile
from app.media.storage.stores import stores
from app.messages.rich_menus.content import COMPACT, LARGE, WIDTH

MOST_BYTES = 1024 * 1024
# From the best quality to the smallest file; LINE takes 800 pixels and more.
WIDTHS = (WIDTH, 2_000, 1_600, 1_200, 800)


@dataclass(frozen=True)
class MenuImage:
    """Bytes for LINE, and their size in pixels."""

    kind: str
    body: bytes
    width: int
    height: int


def prepare(source: StoredFile, width: int, height: int) -> MenuImage:
    """Return the stored image as it is where LINE takes that, else as a JPEG. Raises PermanentFailure if too large."""
    with tempfile.TemporaryFile() as original:
        for piece in stores.by_name(source.storage).open(source.blob_key, 0, source.size):
            original.write(piece)
        is_fit = source.media_type in ("image/png", "image/jpeg") and source.size <= MOST_BYTES
        if is_fit and (width, height) in ((WIDTH, LARGE), (WIDTH, COMPACT)):
            original.seek(0)
            return MenuImage(source.media_type, original.read(), width, height)
        return _smaller(original)


def _smaller(original: IO[bytes]) -> MenuImage:
    for width in WIDTHS:
        with tempfile.TemporaryFile() as resized:
            original.seek(0)
            height = images.resize(original, resized, width, "image/jpeg")
            if resized.seek(0, 2) <= MOST_BYTES:
                resized.seek(0)
                return MenuImage("image/jpeg", resized.read(), width, height)
    raise PermanentFailure("rich_menus.image_too_large")

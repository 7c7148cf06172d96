"""Receive one file: into a nameless temporary file, within limits, known by its bytes, and clean of metadata.

A nameless file goes with the process that holds it, however that ends.
"""

from __future__ import annotations

import hashlib
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import IO, BinaryIO, cast

from tinytag import TinyTag, TinyTagException

from app.core.disk import full_disk_said
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.media import images
from app.media.containers import check_whole
from app.media.content import HEAD, HEIC, JPEG, MOST_BYTES, MediaTooLarge, Type, detect
from app.media.models import Kind

ALL_KINDS = frozenset(Kind)
_EMPTY = _l("This file is empty. Choose another one.")
_SILENT = _l("This sound file cannot be played. It may be damaged; save it again and try once more.")


@dataclass(frozen=True)
class Received:
    """A whole, checked file. `digest` is its SHA-256 in hexadecimal, `duration` in milliseconds."""

    file: IO[bytes]
    size: int
    digest: str
    type: Type
    width: int | None = None
    height: int | None = None
    is_see_through: bool = False
    duration: int | None = None


class Incoming:
    """A file on its way, of one of these kinds. Inside `with`, `write` takes pieces and `finish` checks the whole."""

    def __init__(self, kinds: frozenset[Kind] = ALL_KINDS, *, takes_any: bool = False) -> None:
        self.kinds, self.takes_any, self.size = kinds, takes_any, 0
        self.type: Type | None = None
        with full_disk_said():
            self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._clean: IO[bytes] | None = None
        self._digest = hashlib.sha256()

    def __enter__(self) -> Incoming:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if self._clean is not None:
            self._clean.close()

    def write(self, piece: bytes) -> None:
        """Take the next piece; raises InvalidInput as soon as the type is not a wanted one, and TooLarge."""
        with full_disk_said():
            self._file.write(piece)
        self._digest.update(piece)
        self.size += len(piece)
        if self.type is None and self.size >= HEAD:
            self.type = self._detect()
        if self.type is not None and self.size > MOST_BYTES[self.type.kind]:
            raise MediaTooLarge(self.type.kind)

    def finish(self) -> Received:
        """Check what has come as a whole; raises InvalidInput for what is empty, broken or too large in pixels."""
        if not self.size:
            raise InvalidInput(file=_EMPTY)
        found = self.type or self._detect()
        if found.kind is Kind.IMAGE:
            return self._image(found)
        check_whole(self._file, self.size, found)
        duration = _duration(self._file, found)
        return Received(self._file, self.size, self._digest.hexdigest(), found, duration=duration)

    def _detect(self) -> Type:
        self._file.seek(0)
        head = self._file.read(HEAD)
        self._file.seek(0, 2)
        return detect(head, self.kinds, takes_any=self.takes_any)

    def _image(self, found: Type) -> Received:
        facts = images.inspect(self._file)
        file, size, digest = self._file, self.size, self._digest.hexdigest()
        if found == HEIC:
            file, size, digest = self._written(images.as_jpeg, found)
            return Received(file, size, digest, JPEG, facts.width, facts.height)
        if facts.has_metadata:
            file, size, digest = self._written(images.without_metadata, found)
        return Received(file, size, digest, found, facts.width, facts.height, facts.is_see_through)

    def _written(self, write: Callable[[IO[bytes], IO[bytes]], None], found: Type) -> tuple[IO[bytes], int, str]:
        """Write the picture in another form, and return that with its size and digest."""
        self._clean = tempfile.TemporaryFile()  # noqa: SIM115
        with full_disk_said():
            write(self._file, self._clean)
        size = self._clean.seek(0, 2)
        if size > MOST_BYTES[found.kind]:
            raise MediaTooLarge(found.kind)
        self._clean.seek(0)
        return self._clean, size, hashlib.file_digest(self._clean, "sha256").hexdigest()


def _duration(file: IO[bytes], found: Type) -> int | None:
    """Milliseconds; None where a video does not say. Raises InvalidInput for sound that cannot be read."""
    if found.kind not in {Kind.AUDIO, Kind.VIDEO}:
        return None
    file.seek(0)
    try:
        seconds = TinyTag.get(file_obj=cast(BinaryIO, file), tags=False).duration
    except (TinyTagException, OSError, ValueError, LookupError, TypeError, ArithmeticError, struct.error):
        seconds = None
    if not seconds and found.kind is Kind.AUDIO:
        raise InvalidInput(file=_SILENT)
    return round(seconds * 1000) if seconds else None

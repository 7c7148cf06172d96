"""What every storage can do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Protocol

from app.core.errors import NotFound, Unavailable
from app.core.i18n import _l

PIECE = 256 * 1024


class MissingBlob(NotFound):
    """The database knows of bytes that the storage does not have."""


class StorageAway(Unavailable):
    """The storage does not answer, or refuses what is asked."""

    def __init__(self) -> None:
        super().__init__(_l("The storage for uploaded files does not answer. Try again in a moment."))


class Storage(Protocol):
    """Named bytes that never change. Errors are MissingBlob, StorageAway, and OSError of a full disk."""

    name: str

    def put(self, key: str, content: IO[bytes], media_type: str) -> None:
        """Store everything in `content` from its beginning; the key is there with all bytes, or not at all."""

    def open(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """These bytes in pieces; the blob is found, or MissingBlob raised, before the first is asked for."""

    def delete(self, key: str) -> None:
        """Remove the key and whatever a broken `put` left of it; a key that is not there is fine."""

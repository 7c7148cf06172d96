"""Files on this machine's disk, spread over folders by the first letters of their random names."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import structlog

from app.media.storage.base import PIECE, MissingBlob, StorageAway

log = structlog.get_logger(__name__)
_FULL = {errno.ENOSPC, errno.EDQUOT}


class DiskStorage:
    """Blobs below `root`; while one is written it lies in `incoming`, from which a rename takes it to its place."""

    name = "disk"

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, content: IO[bytes], media_type: str) -> None:
        """Write, flush to the disk and rename, so that a power cut leaves all of it or nothing."""
        del media_type
        unfinished, path = self._unfinished(key), self.path(key)
        content.seek(0)
        with _storage_errors():
            for folder in (unfinished.parent, path.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with unfinished.open("wb") as out:
                shutil.copyfileobj(content, out, PIECE)
                out.flush()
                os.fsync(out.fileno())
            unfinished.rename(path)
            for folder in (path.parent, path.parent.parent):
                _sync(folder)

    def open_file(self, key: str) -> IO[bytes]:
        """The file itself, which the web server can send without reading it."""
        with _storage_errors():
            return self.path(key).open("rb")

    def open(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """These bytes in pieces."""
        file = self.open_file(key)
        file.seek(start)
        return _pieces(file, length)

    def delete(self, key: str) -> None:
        """Remove the file, finished or not."""
        with _storage_errors():
            for path in (self.path(key), self._unfinished(key)):
                path.unlink(missing_ok=True)

    def path(self, key: str) -> Path:
        """Where the blob lies."""
        return self.root / key[:2] / key[2:4] / key

    def _unfinished(self, key: str) -> Path:
        return self.root / "incoming" / key


def _pieces(file: IO[bytes], length: int) -> Iterator[bytes]:
    with file:
        while length > 0 and (piece := file.read(min(PIECE, length))):
            length -= len(piece)
            yield piece


def _sync(folder: Path) -> None:
    """Make the names in a folder survive a power cut, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingBlob from error
    except OSError as error:
        if error.errno in _FULL:
            raise
        log.error("media.disk_refused", error=error.strerror)
        raise StorageAway from error

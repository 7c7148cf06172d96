"""Images in other sizes: made when first asked for, or before by a job, and stored once."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from app.core import queue
from app.core.db import db, released
from app.core.disk import full_disk_said
from app.core.errors import InvalidInput, NotFound
from app.media import images
from app.media.models import Kind, MediaFile, MediaRendition
from app.media.operations import blobs
from app.media.queries import StoredFile, stored_file, stored_rendition
from app.media.storage.stores import stores

# What LINE asks for an imagemap; the smallest two also serve as preview images.
WIDTHS = (240, 300, 460, 700, 1040)
PNG, JPEG = "image/png", "image/jpeg"
_locks: dict[tuple[int, int, str], threading.Lock] = {}
_waiting: Counter[tuple[int, int, str]] = Counter()
_guard = threading.Lock()


def rendition(source: StoredFile, width: int, media_type: str = "") -> StoredFile:
    """The image in this width, made now if it is not there; PNG when it is see-through, else JPEG, unless one is named.

    What the session has written before is committed when it has to be made. Raises NotFound for anything but images,
    InvalidInput for an image that would become too tall.
    """
    if source.kind is not Kind.IMAGE or width not in WIDTHS:
        raise NotFound
    media_type = media_type or (PNG if source.is_see_through else JPEG)
    found = stored_rendition(source.file_id, width, media_type)
    if found is not None:
        return found
    with released(), _one_at_a_time((source.file_id, width, media_type)):
        found = stored_rendition(source.file_id, width, media_type)
        db.session.rollback()
        if found is None:
            _make(source, width, media_type)
    found = stored_rendition(source.file_id, width, media_type)
    if found is None:
        raise NotFound
    return found


def prepare_later(file_id: int) -> None:
    """Have a worker make every width after the session's commit; what it has not made is made when asked for."""
    queue.after_commit(db.session, "media.prepare", file_id)


def prepare(file_id: int) -> None:
    """Make every width that LINE asks for before friends ask; commits. Does nothing for a deleted file."""
    try:
        source = stored_file(file_id)
        for width in WIDTHS:
            rendition(source, width)
    except (NotFound, InvalidInput):
        return


def _make(source: StoredFile, width: int, media_type: str) -> None:
    """Resize and store; of two processes that do so at once, one keeps its result and the other's is removed."""
    with tempfile.TemporaryFile() as original, tempfile.TemporaryFile() as resized:
        with full_disk_said():
            _copy(source, original)
            height = images.resize(original, resized, width, media_type)
        size, digest = resized.seek(0, 2), _digest(resized)
        key = blobs.store(resized, size, media_type)
    row = {
        "file_id": source.file_id,
        "width": width,
        "height": height,
        "media_type": media_type,
        "size": size,
        "digest": digest,
        "blob_key": key,
    }
    with db.engine.begin() as connection:
        _lock_file(connection, source.file_id)
        added = insert(MediaRendition).values(row).on_conflict_do_nothing().returning(MediaRendition.id)
        if connection.execute(added).one_or_none() is not None:
            blobs.keep(connection, key)


def _lock_file(connection: Connection, file_id: int) -> None:
    """Hold off a deletion until the rendition is part of the file; raises NotFound when it was faster."""
    there = select(MediaFile.id).where(MediaFile.id == file_id).with_for_update(read=True, key_share=True)
    if connection.execute(there).one_or_none() is None:
        raise NotFound


def _copy(source: StoredFile, into: IO[bytes]) -> None:
    for piece in stores.by_name(source.storage).open(source.blob_key, 0, source.size):
        into.write(piece)


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(cast(Any, file), "sha256").hexdigest()


@contextmanager
def _one_at_a_time(key: tuple[int, int, str]) -> Iterator[None]:
    """Let one thread of this process make a rendition while others wait for its result."""
    with _guard:
        lock = _locks.setdefault(key, threading.Lock())
        _waiting[key] += 1
    try:
        with lock:
            yield
    finally:
        with _guard:
            _waiting[key] -= 1
            if not _waiting[key]:
                del _waiting[key], _locks[key]

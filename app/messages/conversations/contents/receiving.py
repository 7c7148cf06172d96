"""Receive a file of any kind: into a nameless temporary file, no larger than allowed, known by its bytes alone."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import IO

from app.core.disk import full_disk_said
from app.core.errors import InvalidInput
from app.media import images
from app.media.content import HEAD, M4A, OTHER, Type, recognized
from app.media.models import Kind
from app.media.receiving import Received


class ContentTooLarge(Exception):
    """More bytes came than are kept."""


@contextmanager
def received(
    pieces: Iterable[bytes], message_type: str, most: int, goes_on: Callable[[], None] = lambda: None
) -> Iterator[Received]:
    """Take the pieces and give the file, which goes with the context; `goes_on` is called after each of them.

    Raises ContentTooLarge.
    """
    with ExitStack() as stack:
        file = stack.enter_context(_temporary())
        size, digest = 0, hashlib.sha256()
        for piece in pieces:
            size += len(piece)
            if size > most:
                raise ContentTooLarge
            with full_disk_said():
                file.write(piece)
            digest.update(piece)
            goes_on()
        file.seek(0)
        found = _kind(recognized(file.read(HEAD)), message_type)
        whole = Received(file, size, digest.hexdigest(), found)
        yield _image(whole, stack) if found.kind is Kind.IMAGE else whole


def _temporary() -> IO[bytes]:
    return tempfile.TemporaryFile()


def _kind(found: Type, message_type: str) -> Type:
    """Return as what the bytes are kept: what was sent as a file is only downloaded, whatever it holds."""
    if message_type == "file":
        return replace(found, kind=Kind.DOCUMENT)
    # Voice messages are MP4 files without pictures.
    return M4A if message_type == "audio" and found.kind is Kind.VIDEO else found


def _image(whole: Received, stack: ExitStack) -> Received:
    """Return the image without what it notes of its origin; one that cannot be drawn here is only downloaded."""
    try:
        facts = images.inspect(whole.file)
        if facts.has_metadata:
            whole = _without_metadata(whole, stack)
    except InvalidInput:
        return replace(whole, type=OTHER)
    return replace(whole, width=facts.width, height=facts.height, is_see_through=facts.is_see_through)


def _without_metadata(whole: Received, stack: ExitStack) -> Received:
    clean = stack.enter_context(_temporary())
    with full_disk_said():
        images.without_metadata(whole.file, clean)
    size = clean.seek(0, 2)
    clean.seek(0)
    digest = hashlib.file_digest(clean, "sha256").hexdigest()  # type: ignore[arg-type]
    return replace(whole, file=clean, size=size, digest=digest)

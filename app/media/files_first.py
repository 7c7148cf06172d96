"""Whole public files on disk, answered before Flask sees the request, whose hooks cost more than all the rest.

Only what a view found a moment ago is answered here. Everything else goes on to the views: the first request for a
file, parts of files, questions whether a copy is still good, and files in S3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.wsgi import wrap_file

from app.core.config import Config
from app.core.web import headers
from app.core.web.shortcuts import QuickAnswer, Shortcut
from app.media.recent_files import known_file
from app.media.serving import FOR_EVER, headers_of
from app.media.storage.base import MissingBlob, StorageAway
from app.media.storage.disk import DiskStorage
from app.media.storage.stores import stores

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Headers of a request for less than the whole file.
FOR_LESS = ("Range", "If-None-Match")


class FilesFirst(Shortcut):
    """Public files that a view found a moment ago."""

    start = "/media/"

    def answer(self, environ: WSGIEnvironment, rest: str) -> QuickAnswer | None:
        """Return the whole file, if that is what is asked for."""
        if headers.asks_with(environ, *FOR_LESS):
            return None
        key, slash, width = rest.partition("/")
        stored = known_file(key, _number(width) if slash else 0)
        storage = stores.by_name(stored.storage) if stored else None
        if stored is None or not isinstance(storage, DiskStorage):
            return None
        try:
            file = storage.open_file(stored.blob_key)
        except (MissingBlob, StorageAway):
            return None
        own = headers_of(stored, FOR_EVER, "image" if slash else "file") | {"Content-Length": str(stored.size)}
        return QuickAnswer(f"public_media.{'resized' if slash else 'show'}", "200 OK", own, wrap_file(environ, file))


def init_app(app: Flask, config: Config) -> None:
    """Put the layer in front of what the program has so far."""
    app.wsgi_app = FilesFirst(app, config)  # type: ignore[method-assign]


def _number(width: str) -> int:
    """Return the number that an address ends with; -1, which is no width, for anything else."""
    return int(width) if width.isascii() and width.isdigit() and len(width) < 6 else -1

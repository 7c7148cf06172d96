"""Whole public files on disk, answered before Flask sees the request, whose hooks cost more than all the rest.

Only what a view found a moment ago is answered here. Everything else goes on to the views: the first request for a
file, parts of files, questions whether a copy is still good, and files in S3.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.wsgi import wrap_file

from app.core.config import Config
from app.core.web import headers, metrics, security
from app.media.queries import StoredFile
from app.media.recent_files import known_file
from app.media.serving import FOR_EVER, headers_of
from app.media.storage.base import MissingBlob, StorageAway
from app.media.storage.disk import DiskStorage
from app.media.storage.stores import stores

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

START = "/media/"
# Headers of a request for less than the whole file.
FOR_LESS = ("Range", "If-None-Match")


class FilesFirst:
    """WSGI layer in front of Flask; behind the layers that read forwarded headers."""

    def __init__(self, app: Flask, config: Config) -> None:
        self.behind, self.headers = app.wsgi_app, security.fixed_headers(config)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the file, or hand the request on."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith(START) or environ["REQUEST_METHOD"] != "GET" or not _is_plain(environ):
            return self.behind(environ, start_response)
        started, (key, slash, width) = time.perf_counter(), path.removeprefix(START).partition("/")
        stored = known_file(key, _number(width) if slash else 0)
        if stored is None:
            return self.behind(environ, start_response)
        storage = stores.by_name(stored.storage)
        if not isinstance(storage, DiskStorage):
            return self.behind(environ, start_response)
        try:
            file = storage.open_file(stored.blob_key)
        except (MissingBlob, StorageAway):
            return self.behind(environ, start_response)
        start_response("200 OK", self._headers(stored, "image" if slash else "file"))
        metrics.observe(f"public_media.{'resized' if slash else 'show'}", "GET", 200, time.perf_counter() - started)
        return wrap_file(environ, file)

    def _headers(self, stored: StoredFile, name: str) -> list[tuple[str, str]]:
        own = headers_of(stored, FOR_EVER, name) | {"Content-Length": str(stored.size)}
        return [*(self.headers | own).items()]


def init_app(app: Flask, config: Config) -> None:
    """Put the layer in front of what the program has so far."""
    app.wsgi_app = FilesFirst(app, config)  # type: ignore[method-assign]


def _is_plain(environ: WSGIEnvironment) -> bool:
    return not headers.has_bad_host(environ) and not headers.asks_with(environ, *FOR_LESS)


def _number(width: str) -> int:
    """Return the number that an address ends with; -1, which is no width, for anything else."""
    return int(width) if width.isascii() and width.isdigit() and len(width) < 6 else -1

"""Static files, answered by WhiteNoise before Flask sees the request."""

from __future__ import annotations

from os import stat_result
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from flask import Flask
from whitenoise import WhiteNoise

from app.core.errors import NotFound
from app.core.web import headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PREFIX = "/static/"
ENCODINGS = (".br", ".gz")
# Read by the server alone: too long to be sent to any stranger who asks.
UNSERVED = {"/static/vendor/icons.json" + ending for ending in ("", *ENCODINGS)}


def init_app(app: Flask, folder: Path) -> None:
    """Serve the folder below /static/, compressed and for ever, since the files' addresses change with them."""
    if "static" in app.view_functions:
        # What was not there at the start is not there; Flask would look for it, and read it piece by piece.
        app.view_functions["static"] = _absent
    app.wsgi_app = StaticFiles(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(folder),
        prefix=PREFIX.strip("/") + "/",
        allow_all_origins=False,
        immutable_file_test=lambda path, url: True,
        add_headers_function=lambda answered, path, url: answered.add_header("X-Content-Type-Options", "nosniff"),
    )


def _absent(filename: str) -> NoReturn:
    del filename
    raise NotFound


class StaticFiles(WhiteNoise):  # type: ignore[misc]
    """WhiteNoise that passes over a compressed file older than its source, as while a developer edits a style."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request for a static file, and hand on any other."""
        if environ.get("PATH_INFO", "").startswith(PREFIX):
            headers.only_taken_encodings(environ)
        return super().__call__(environ, start_response)

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        """Offer a file, unless it is only for the server."""
        if url not in UNSERVED:
            super().add_file_to_dictionary(url, path, stat_cache)

    def get_static_file(self, path: str, url: str, stat_cache: dict[str, stat_result]) -> Any:
        written = stat_cache[path].st_mtime
        variants = (path, *(path + ending for ending in ENCODINGS))
        known = {name: stat_cache[name] for name in variants if name in stat_cache}
        fresh = {name: stat for name, stat in known.items() if stat.st_mtime >= written}
        found = super().get_static_file(path, url, fresh)
        # The ETag is enough, and a first page loads more than fifty files.
        found.alternatives = [
            (encoding, file, [line for line in lines if line[0] != "Last-Modified"])
            for encoding, file, lines in found.alternatives
        ]
        return found

"""Static files, answered by WhiteNoise before Flask sees the request."""

from __future__ import annotations

from os import stat_result
from pathlib import Path
from typing import Any

from flask import Flask
from whitenoise import WhiteNoise

ENCODINGS = (".br", ".gz")


def init_app(app: Flask, folder: Path) -> None:
    """Serve the folder below /static/, compressed and for ever, since the files' addresses change with them."""
    app.wsgi_app = StaticFiles(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(folder),
        prefix="static/",
        immutable_file_test=lambda path, url: True,
        add_headers_function=lambda headers, path, url: headers.add_header("X-Content-Type-Options", "nosniff"),
    )


class StaticFiles(WhiteNoise):  # type: ignore[misc]
    """WhiteNoise that passes over a compressed file older than its source, as while a developer edits a style."""

    def get_static_file(self, path: str, url: str, stat_cache: dict[str, stat_result]) -> Any:
        written = stat_cache[path].st_mtime
        variants = (path, *(path + ending for ending in ENCODINGS))
        known = {name: stat_cache[name] for name in variants if name in stat_cache}
        fresh = {name: stat for name, stat in known.items() if stat.st_mtime >= written}
        return super().get_static_file(path, url, fresh)

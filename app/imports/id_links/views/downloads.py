"""CSV files for keeping."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from flask import Response


def download(pieces: Iterator[str], name: str, plain_name: str = "") -> Response:
    """Send the pieces as a file; `plain_name` is for browsers that know only Latin letters."""
    response = Response(pieces, mimetype="text/csv")
    plain = f'filename="{plain_name or name}"'
    response.headers["Content-Disposition"] = f"attachment; {plain}; filename*=UTF-8''{quote(name)}"
    return response

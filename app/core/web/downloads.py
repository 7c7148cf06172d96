"""Files that are written while the browser receives them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from flask import Response


def zip_answer(pieces: Iterable[bytes], name: str) -> Response:
    """A ZIP file of this name."""
    return _named(Response(pieces, mimetype="application/zip"), name, "")


def csv_answer(pieces: Iterable[str], name: str, plain_name: str = "", size: int | None = None) -> Response:
    """A CSV file of this name; old browsers that read no other letters than ASCII save it under the plain one.

    `size` in bytes, where it is known before, lets every client notice when the connection breaks off.
    """
    response = _named(Response(pieces, mimetype="text/csv"), name, plain_name)
    if size is not None:
        response.content_length = size
    return response


def plain_file_name(name: str) -> str:
    """The name without what a file's name may not hold on some system."""
    return re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", name)


def _named(response: Response, name: str, plain_name: str) -> Response:
    safe = plain_file_name(name)
    plain = f'filename="{plain_name or safe}"'
    response.headers["Content-Disposition"] = f"attachment; {plain}; filename*=UTF-8''{quote(safe)}"
    return response

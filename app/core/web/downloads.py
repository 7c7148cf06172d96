"""Files that are written while the browser receives them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from flask import Response


def csv_answer(pieces: Iterable[str], name: str, plain_name: str = "", size: int | None = None) -> Response:
    """A CSV file of this name; old browsers that read no other letters than ASCII save it under the plain one.

    `size` in bytes, where it is known before, lets every client notice when the connection breaks off.
    """
    safe = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", name)
    response = Response(pieces, mimetype="text/csv")
    plain = f'filename="{plain_name or safe}"'
    response.headers["Content-Disposition"] = f"attachment; {plain}; filename*=UTF-8''{quote(safe)}"
    if size is not None:
        response.content_length = size
    return response

"""Files that are written while the browser receives them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from flask import Response


def csv_answer(pieces: Iterable[str], name: str, plain_name: str) -> Response:
    """A CSV file of this name; old browsers that read no other letters than ASCII save it under the plain one."""
    safe = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", name)
    response = Response(pieces, mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain_name}\"; filename*=UTF-8''{quote(safe)}"
    return response

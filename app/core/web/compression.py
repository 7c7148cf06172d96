"""Compress pages with gzip where the browser takes it; static files are compressed ahead, see `static_files`."""

from __future__ import annotations

import gzip
import secrets
from io import BytesIO

from flask import Flask, Response, request

# Below it a page fits into one packet of the network as it is.
SMALLEST_BYTES = 1_400
# Level 5 takes 1 ms for 100 kB; level 9 takes twice that and saves 1 %.
LEVEL = 5
# Random bytes in each answer, so that its length does not tell what of a guess stood in the page (BREACH).
MOST_PADDING = 100


def init_app(app: Flask) -> None:
    """Compress the HTML of every answer that is long enough."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype != "text/html" or response.is_streamed or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    if _takes_gzip() and "Content-Encoding" not in response.headers:
        page = response.get_data()
        if len(page) >= SMALLEST_BYTES:
            response.set_data(_zipped(page))
            response.headers["Content-Encoding"] = "gzip"
    return response


def _takes_gzip() -> bool:
    return request.accept_encodings.quality("gzip") > 0


def _zipped(page: bytes) -> bytes:
    """Return the page in gzip form, of which the name of the file is the padding."""
    buffer = BytesIO()
    name = "x" * secrets.randbelow(MOST_PADDING + 1)
    with gzip.GzipFile(name, "wb", compresslevel=LEVEL, fileobj=buffer, mtime=0) as file:
        file.write(page)
    return buffer.getvalue()

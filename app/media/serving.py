"""Answer with stored bytes: type, caching, ranges, and nothing that a browser could run."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, request
from werkzeug.http import dump_options_header
from werkzeug.wsgi import wrap_file

from app.core.db import released
from app.core.web import headers
from app.media.content import extension_of
from app.media.models import Kind
from app.media.queries import StoredFile
from app.media.storage.disk import DiskStorage
from app.media.storage.stores import stores

FOR_EVER = "public, max-age=31536000, immutable"
# Kept by the member's browser alone, which asks each time whether it may still be shown.
ASK_EACH_TIME = "private, no-cache"
# A file that is opened by itself may show itself, and neither load nor run anything.
POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
SHOWN = {Kind.IMAGE, Kind.VIDEO, Kind.AUDIO}


def serve(stored: StoredFile, cache: str, name: str, *, is_download: bool = False) -> Response:
    """The file, the wanted part of it, "not modified", or 416; `name` is for what is downloaded."""
    response = Response(status=200)
    response.headers.update(headers_of(stored, cache, name, is_download=is_download))
    if request.if_none_match.contains_weak(_tag(stored)):
        response.status_code = 304
        return response
    part = _wanted_part(stored)
    if part is None:
        return _unsatisfiable(response, stored)
    start, stop = part
    response.content_length = stop - start
    if stop - start != stored.size:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{stored.size}"
    if request.method != "HEAD":
        _fill(response, stored, start, stop)
    return response


def headers_of(stored: StoredFile, cache: str, name: str, *, is_download: bool = False) -> dict[str, str]:
    """Return what is said of a whole file besides its length: type, name, caching, and that it may not run."""
    disposition = "inline" if stored.kind in SHOWN and not is_download else "attachment"
    return {
        "Content-Type": stored.media_type,
        "Accept-Ranges": "bytes",
        "Cache-Control": cache,
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Resource-Policy": "cross-origin" if cache == FOR_EVER else "same-origin",
        "Content-Disposition": dump_options_header(disposition, _as_parameter(_file_name(name, stored.media_type))),
        "ETag": f'"{_tag(stored)}"',
    }


def _file_name(name: str, media_type: str) -> str:
    """The name with the ending of the real type, whatever the browser called it."""
    extension = extension_of(media_type)
    stem, dot, ending = name.rpartition(".")
    return name if not extension or ending.lower() == extension else f"{stem if dot and stem else name}.{extension}"


def _as_parameter(name: str) -> dict[str, str]:
    """The parameter of Content-Disposition for this name, which may hold any letters."""
    return {"filename": name} if name.isascii() else {"filename*": f"UTF-8''{quote(name, safe='')}"}


def _tag(stored: StoredFile) -> str:
    return stored.digest[:32]


def _wanted_part(stored: StoredFile) -> tuple[int, int] | None:
    """(first byte, byte after the last): all of it unless one range is asked for. None: it lies beyond the end."""
    whole = (0, stored.size)
    asked = headers.byte_range()
    if request.method != "GET" or asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return whole
    condition = request.if_range
    if condition.date is not None or condition.etag not in {None, _tag(stored)}:
        return whole
    first, _last = asked.ranges[0]
    # The last so many bytes of a shorter file are all of it.
    return whole if -first >= stored.size else asked.range_for_length(stored.size)


def _unsatisfiable(response: Response, stored: StoredFile) -> Response:
    response.status_code = 416
    response.headers["Content-Range"] = f"bytes */{stored.size}"
    response.headers["Cache-Control"] = "no-store"
    response.headers.remove("Content-Disposition")
    return response


def _fill(response: Response, stored: StoredFile, start: int, stop: int) -> None:
    """Put the bytes behind the headers; a whole file on disk is handed to the web server, which need not read it."""
    storage = stores.by_name(stored.storage)
    if isinstance(storage, DiskStorage) and stop - start == stored.size:
        response.response = wrap_file(request.environ, storage.open_file(stored.blob_key))
    else:
        with released():
            response.response = storage.open(stored.blob_key, start, stop - start)
    response.direct_passthrough = True

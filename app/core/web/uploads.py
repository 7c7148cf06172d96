"""Read a multipart form as a stream: the fields before the file at once, the file piece by piece, of any size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import IO, TypeVar

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData
from werkzeug.wrappers import Request, Response

from app.core.web import headers

Answer = TypeVar("Answer", bound=Response)

PIECE = 64 * 1024
MOST_OF_FIELD = 64 * 1024
# Bytes that the decoder may hold until it sees a boundary; with less than a piece it refuses every file.
MOST_HELD = 16 * PIECE
# Bytes that a form has beside its file.
AROUND_FILE = 64 * 1024
# Seconds for which a refused body is read on.
LINGER_SECONDS = 30


@dataclass
class StreamedForm:
    """Fields that stand before the file, its name ("" without a file), and its content in pieces."""

    fields: dict[str, str] = field(default_factory=dict)
    file_name: str = ""
    pieces: Iterable[bytes] = ()


def limit_body(most_bytes: int) -> bool:
    """Let the present request's body hold a file of this size; False when it already declares more.

    A body without a declared length is cut off by werkzeug, which raises RequestEntityTooLarge while it is read.
    """
    request.max_content_length = most_bytes + AROUND_FILE
    return (request.content_length or 0) <= request.max_content_length


def read_on_after(response: Answer) -> Answer:
    """Read the rest of a refused body after the answer: many browsers look at the answer only when all is sent."""
    response.call_on_close(partial(_linger, request.environ["wsgi.input"]))
    return response


def _linger(body: IO[bytes]) -> None:
    until = monotonic() + LINGER_SECONDS
    with suppress(OSError):
        while monotonic() < until and body.read(PIECE):
            pass


def read_form(request: Request) -> StreamedForm:
    """Read as far as the beginning of the file; raises BadRequest for anything but a multipart form."""
    kind, options = parse_options_header(headers.text("Content-Type"))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise BadRequest
    boundary = options["boundary"].encode(errors="replace")
    decoder = MultipartDecoder(boundary, max_form_memory_size=MOST_HELD, max_parts=20)
    events, form = _events(request, decoder), StreamedForm()
    for event in events:
        if isinstance(event, Field):
            form.fields[event.name] = _value(events)
        elif isinstance(event, File):
            form.file_name, form.pieces = event.filename, _file(events)
            break
    return form


def _value(events: Iterator[Event]) -> str:
    value = b""
    for piece in _data(events):
        value += piece
        if len(value) > MOST_OF_FIELD:
            raise RequestEntityTooLarge
    return value.decode(errors="replace")


def _file(events: Iterator[Event]) -> Iterator[bytes]:
    """Yield the file, then skip the rest of the form."""
    yield from _data(events)
    for _event in events:
        pass


def _data(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        if not isinstance(event, Data):
            raise BadRequest
        yield bytes(event.data)
        if not event.more_data:
            return


def _events(request: Request, decoder: MultipartDecoder) -> Iterator[Event]:
    """Yield the decoder's events; raises BadRequest, or ClientDisconnected when the body ends too early."""
    while True:
        try:
            event = decoder.next_event()
        except ValueError as error:
            raise BadRequest from error
        if isinstance(event, NeedData):
            piece = request.stream.read(PIECE)
            decoder.receive_data(piece or None)
            continue
        yield event
        if isinstance(event, Epilogue):
            return

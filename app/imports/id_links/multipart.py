"""A browser's form read while it comes: the fields before the file at once, the file piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData
from werkzeug.wrappers import Request

PIECE = 64 * 1024
MOST_OF_FIELD = 64 * 1024
# What the decoder may hold until it sees a boundary; more than a piece, or it takes every file for too large.
MOST_HELD = 16 * PIECE


@dataclass
class StreamedForm:
    """The fields that came before the file, its name, and the pieces it is made of; without a file, no name."""

    fields: dict[str, str] = field(default_factory=dict)
    file_name: str = ""
    pieces: Iterable[bytes] = ()


def read_form(request: Request) -> StreamedForm:
    """Read as far as the beginning of the file; raises BadRequest for what is no such form."""
    kind, options = parse_options_header(request.headers.get("Content-Type", ""))
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
    """The file, and then the rest of the form, which is not looked at."""
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
    """Whatever the decoder makes of the body; a body that ends too early raises."""
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

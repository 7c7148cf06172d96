"""Whether a video or a PDF is whole, by the parts that its format cannot do without; nothing is decoded.

An upload that broke off where it was made, or a file of another type behind the first bytes of a video, is found here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.media.content import MP4, PDF, Type

_BROKEN_VIDEO = _l("This video is not whole: a part of it is missing. Save it as MP4 again and try once more.")
_NO_PICTURES = _l("This file holds sound, but no video. Choose an MP4 video.")
_BROKEN_PDF = _l("This PDF is not whole: its end is missing. Save it again and try once more.")
# A video in pieces of a second has thousands of boxes; one with more than this is no video.
MOST_BOXES = 200_000
# Readers look for the end of a PDF in so many bytes.
END_OF_PDF = 1_024


def check_whole(file: IO[bytes], size: int, found: Type) -> None:
    """Raise InvalidInput for a video or PDF of which something is missing."""
    if found == MP4:
        _check_video(file, size)
    if found == PDF:
        file.seek(max(0, size - END_OF_PDF))
        if b"%%EOF" not in file.read():
            raise InvalidInput(file=_BROKEN_PDF)


def _check_video(file: IO[bytes], size: int) -> None:
    """Look for pictures and sound, and for the directory that says where they lie and what they are."""
    places = {name: (start, end) for name, start, end in _boxes(file, 0, size)}
    if b"moov" not in places or not {b"mdat", b"moof"} & places.keys():
        raise InvalidInput(file=_BROKEN_VIDEO)
    if b"vide" not in _tracks(file, *places[b"moov"]):
        raise InvalidInput(file=_NO_PICTURES)


def _tracks(file: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    """Yield what each track of the directory holds: `vide`, `soun` and others."""
    for track in _inside(file, b"trak", start, end):
        for media in _inside(file, b"mdia", *track):
            for handler, _end in _inside(file, b"hdlr", *media):
                file.seek(handler + 8)
                yield file.read(4)


def _inside(file: IO[bytes], wanted: bytes, start: int, end: int) -> list[tuple[int, int]]:
    return [(one, last) for name, one, last in _boxes(file, start, end) if name == wanted]


def _boxes(file: IO[bytes], start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of what each box holds, up to the first that does not fit into what is there."""
    for _number in range(MOST_BOXES):
        file.seek(start)
        header = file.read(16)
        if start + 8 > end or len(header) < 8:
            return
        length, name = struct.unpack(">I4s", header[:8])
        content = start + 8
        if length == 1 and len(header) == 16:
            (length,), content = struct.unpack(">Q", header[8:]), start + 16
        after = end if length == 0 else start + length
        if not content <= after <= end:
            return
        yield name, content, after
        start = after

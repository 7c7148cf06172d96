"""Find out what a file is from its first bytes; names and declared types are never believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.core.errors import InvalidInput
from app.core.i18n import Text, _l
from app.media.models import Kind

# Bytes that are enough to know any of the types.
HEAD = 64
MEGABYTE = 1024 * 1024
# LINE takes images of 10 MB, and videos and sound of 200 MB.
MOST_BYTES: dict[Kind, int] = {
    Kind.IMAGE: 10 * MEGABYTE,
    Kind.VIDEO: 200 * MEGABYTE,
    Kind.AUDIO: 200 * MEGABYTE,
    Kind.DOCUMENT: 30 * MEGABYTE,
}
_TOO_LARGE: dict[Kind, Text] = {
    Kind.IMAGE: _l("The image is larger than 10 MB, which is the most. Make it smaller and try again."),
    Kind.VIDEO: _l("The video is larger than 200 MB, which is the most. Make it smaller and try again."),
    Kind.AUDIO: _l("The sound file is larger than 200 MB, which is the most. Make it smaller and try again."),
    Kind.DOCUMENT: _l("The file is larger than 30 MB, which is the most. Make it smaller and try again."),
}
_WANTED: dict[frozenset[Kind], Text] = {
    frozenset({Kind.IMAGE}): _l("Choose an image: PNG, JPEG, HEIC, WebP or GIF."),
    frozenset({Kind.VIDEO}): _l("Choose an MP4 video."),
    frozenset({Kind.AUDIO}): _l("Choose a sound file: M4A or MP3."),
    frozenset({Kind.DOCUMENT}): _l("Choose a PDF file."),
}
_ANY = _l("Choose a PNG, JPEG, HEIC, WebP or GIF image, an MP4 video, an M4A, MP3, WAV or Ogg sound file, or a PDF.")
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"}
_AUDIO_BRANDS = {b"M4A ", b"M4B ", b"M4P "}
_VIDEO_BRANDS = {
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"M4VH",
    b"MSNV",
    b"dash",
}


@dataclass(frozen=True)
class Type:
    """A media type and the kind it belongs to; `extension` is for the names of downloads."""

    kind: Kind
    media_type: str
    extension: str


class MediaTooLarge(InvalidInput):
    """The file is larger than files of its kind may be; the rest was not read."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(file=_TOO_LARGE[kind])


PNG = Type(Kind.IMAGE, "image/png", "png")
JPEG = Type(Kind.IMAGE, "image/jpeg", "jpg")
# Phones take such pictures; LINE shows none, so they become JPEG when they come.
HEIC = Type(Kind.IMAGE, "image/heic", "heic")
WEBP = Type(Kind.IMAGE, "image/webp", "webp")
GIF = Type(Kind.IMAGE, "image/gif", "gif")
MP4 = Type(Kind.VIDEO, "video/mp4", "mp4")
M4A = Type(Kind.AUDIO, "audio/mp4", "m4a")
MP3 = Type(Kind.AUDIO, "audio/mpeg", "mp3")
WAV = Type(Kind.AUDIO, "audio/wav", "wav")
OGG = Type(Kind.AUDIO, "audio/ogg", "ogg")
PDF = Type(Kind.DOCUMENT, "application/pdf", "pdf")
# Anything else, which is only ever downloaded, under the name that it came with.
OTHER = Type(Kind.DOCUMENT, "application/octet-stream", "")


def _riff(form: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[:4] == b"RIFF" and head[8:12] == form


def _brand(brands: set[bytes]) -> Callable[[bytes], bool]:
    return lambda head: head[4:8] == b"ftyp" and head[8:12] in brands


def _is_mp3(head: bytes) -> bool:
    """An ID3 tag, or a frame of MPEG layer III with a bit rate and a sampling rate that exist."""
    if head[:3] == b"ID3":
        return True
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2 or head[1] & 0x18 == 0x08:
        return False
    return head[2] >> 4 not in {0, 15} and head[2] & 0x0C != 0x0C


_SIGNATURES: tuple[tuple[Type, Callable[[bytes], bool]], ...] = (
    (PNG, lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    (JPEG, lambda head: head.startswith(b"\xff\xd8\xff")),
    (HEIC, _brand(_HEIC_BRANDS)),
    (WEBP, _riff(b"WEBP")),
    (GIF, lambda head: head[:6] in {b"GIF87a", b"GIF89a"}),
    (MP4, _brand(_VIDEO_BRANDS)),
    (M4A, _brand(_AUDIO_BRANDS)),
    (WAV, _riff(b"WAVE")),
    (OGG, lambda head: head.startswith(b"OggS\x00")),
    (PDF, lambda head: head.startswith(b"%PDF-")),
    (MP3, _is_mp3),
)


def detect(head: bytes, kinds: frozenset[Kind], *, takes_any: bool = False) -> Type:
    """The type of a file that begins with `head`, as one of the wanted kinds; raises InvalidInput for `file`.

    `takes_any`: whatever else it is may be downloaded.
    """
    found = next((kind for kind, fits in _SIGNATURES if fits(head)), None)
    if found is not None and found.kind in kinds:
        return found
    if takes_any:
        return found or OTHER
    if found is None and _brand({b"qt  "})(head):
        raise InvalidInput(file=_l("LINE plays no QuickTime videos (MOV). Save the video as MP4 and try again."))
    raise InvalidInput(file=_WANTED.get(kinds, _ANY))


def recognized(head: bytes) -> Type:
    """The type of a file that begins with `head`; OTHER where it is none of those that are known."""
    return next((kind for kind, fits in _SIGNATURES if fits(head)), OTHER)


def extension_of(media_type: str) -> str:
    """What names of such files end with, without the dot; empty where any ending will do."""
    return next((one.extension for one, _fits in _SIGNATURES if one.media_type == media_type), "")


def media_types(kinds: frozenset[Kind]) -> list[str]:
    """What a browser should offer to choose, by the names that browsers have for it."""
    known = [one.media_type for one, _fits in _SIGNATURES if one.kind in kinds]
    return [*known, "audio/x-m4a"] if M4A.media_type in known else known

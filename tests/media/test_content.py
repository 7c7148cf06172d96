"""What a file is, is read from its bytes."""

from __future__ import annotations

import struct

import pytest

from app.core.errors import InvalidInput
from app.media.content import MOST_BYTES, MediaTooLarge, detect
from app.media.models import Kind
from app.media.receiving import ALL_KINDS, Incoming, Received
from tests.factories.media import PDF, picture, sound, video


def receive(content: bytes, kinds: frozenset[Kind] = ALL_KINDS, piece: int = 1_000) -> Received:
    with Incoming(kinds) as incoming:
        for start in range(0, len(content), piece):
            incoming.write(content[start : start + piece])
        return incoming.finish()


@pytest.mark.parametrize(
    ("content", "media_type", "facts"),
    [
        (picture("PNG"), "image/png", (40, 30, None)),
        (picture("JPEG"), "image/jpeg", (40, 30, None)),
        (picture("WEBP"), "image/webp", (40, 30, None)),
        (picture("GIF", mode="P", color=1), "image/gif", (40, 30, None)),
        (sound(1.5), "audio/wav", (None, None, 1_500)),
        (video(milliseconds=2_500), "video/mp4", (None, None, 2_500)),
        (PDF, "application/pdf", (None, None, None)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("piece", [7, 100_000])
def test_it_is_known_by_its_bytes_however_they_come(
    app: object, content: bytes, media_type: str, facts: tuple[int | None, ...], piece: int
) -> None:
    received = receive(content, piece=piece)
    assert received.type.media_type == media_type
    assert (received.width, received.height, received.duration) == facts


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "audio/mp4"),
        (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"OggS\0\x02", "audio/ogg"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
    ],
)
def test_sound_and_video_have_their_signatures(head: bytes, media_type: str) -> None:
    assert detect(head.ljust(64, b"\0"), ALL_KINDS).media_type == media_type


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "Choose a PNG"),
        (b"<!doctype html><script>alert(1)</script>" * 3, "Choose a PNG"),
        (b"MZ\x90\0" * 50, "Choose a PNG"),
        (b"\xff\xff\xff\xff" * 50, "Choose a PNG"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 90, "cannot be read"),
        (b"\0\0\0\x14ftypqt  " + b"\0" * 90, "no QuickTime"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 90, "cannot be read"),
        (picture("PNG")[:-40], "cannot be read"),
        (picture("JPEG", size=(300, 300))[:-300], "cannot be read"),
        (b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 90, "cannot be played"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(app: object, content: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        receive(content)


def test_another_kind_than_is_wanted_is_refused_with_what_is_wanted(app: object) -> None:
    with pytest.raises(InvalidInput, match="Choose an MP4 video"):
        receive(picture(), frozenset({Kind.VIDEO}))
    with pytest.raises(InvalidInput, match="Choose an image"):
        receive(PDF, frozenset({Kind.IMAGE}))


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [(picture(), Kind.IMAGE, "10 MB"), (video(), Kind.VIDEO, "200 MB"), (PDF, Kind.DOCUMENT, "30 MB")],
)
def test_each_kind_has_its_own_limit(
    app: object, monkeypatch: pytest.MonkeyPatch, content: bytes, kind: Kind, words: str
) -> None:
    monkeypatch.setitem(MOST_BYTES, kind, len(content))
    assert receive(content).size == len(content)
    monkeypatch.setitem(MOST_BYTES, kind, len(content) - 1)
    with pytest.raises(MediaTooLarge, match=words):
        receive(content)


def test_videos_and_pdfs_that_are_not_whole_are_refused() -> None:
    whole = video()
    moov, mdat = whole.index(b"moov") - 4, whole.index(b"mdat") - 4
    large = whole[:mdat] + struct.pack(">I4sQ", 1, b"mdat", 16 + 64) + b"x" * 64
    for good in (
        whole,
        whole[:moov] + whole[mdat:] + whole[moov:mdat],
        whole[:mdat].replace(b"mdat", b"moof") + struct.pack(">I4s", 0, b"moof") + b"x" * 9,
        large,
        whole + b"\0\0\0",
    ):
        assert receive(good).type.media_type == "video/mp4"
    for broken, words in (
        (whole[:-1], "not whole"),
        (large[:-1], "not whole"),
        (whole[:moov] + whole[mdat:], "not whole"),
        (whole[:mdat], "not whole"),
        (whole[:20] + b"\xff" * 500, "not whole"),
        (video(track=b"soun"), "sound, but no video"),
        (PDF[:-9], "its end is missing"),
    ):
        with pytest.raises(InvalidInput) as refused:
            receive(broken)
        assert words in str(refused.value.fields["file"]), words
    assert receive(PDF + b"\n" * 900).type.media_type == "application/pdf"

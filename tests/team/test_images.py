"""Uploaded pictures are what their bytes say."""

from __future__ import annotations

import pytest

from app.core.errors import InvalidInput
from app.team import images

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(20)
WEBP = b"RIFF\x20\x00\x00\x00WEBPVP8 " + bytes(20)


@pytest.mark.parametrize(("content", "media_type"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")])
def test_the_three_formats_are_known(content: bytes, media_type: str) -> None:
    assert images.media_type(content) == media_type


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a" + bytes(20), b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"RIFF\0\0\0\0WAVEfmt "],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        images.media_type(content)


def test_a_large_picture_is_refused() -> None:
    largest = PNG + bytes(256 * 1024 - len(PNG))
    assert images.media_type(largest) == "image/png"
    with pytest.raises(InvalidInput, match="256 KB"):
        images.media_type(largest + b"\0")

"""Images: bombs, EXIF, turning, sizes and colours."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from app.core.errors import InvalidInput
from app.media import images
from tests.factories.media import picture
from tests.media.test_content import receive

ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def with_exif(form: str, orientation: int = 6, **options: Any) -> bytes:
    """An image that is red at the left and blue at the right as it is stored, and tells where it was taken."""
    image = Image.new("RGB", (40, 30), "blue")
    image.paste("red", (0, 0, 20, 30))
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = orientation, "Secret Camera"
    exif.get_ifd(GPS)[2] = (35.0, 39.0, 10.0)
    out = io.BytesIO()
    image.save(out, form, exif=exif, **options)
    return out.getvalue()


def opened(file: Any) -> Image.Image:
    file.seek(0)
    return Image.open(io.BytesIO(file.read()))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims these pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(7_072, 7_072), (20_000, 20_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_before_it_is_decoded(app: object, size: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput, match="50 million pixels"):
        receive(bomb(*size))


def test_an_animation_of_too_many_pixels_in_all_is_refused(app: object) -> None:
    frames = [Image.new("P", (1_000, 1_000), number) for number in range(26)]
    few, many = io.BytesIO(), io.BytesIO()
    frames[0].save(few, "GIF", save_all=True, append_images=frames[1:3])
    frames[0].save(many, "GIF", save_all=True, append_images=frames[1:])
    receive(few.getvalue())
    with pytest.raises(InvalidInput, match="25 million pixels in all its frames"):
        receive(many.getvalue())


@pytest.mark.parametrize("size", [(1, 60_000), (41, 1), (1, 41)])
def test_a_thin_image_is_refused_when_it_comes(app: object, size: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput, match="40 times"):
        receive(picture(size=size))


def test_a_thin_image_does_not_become_a_bomb_when_it_is_made_wider() -> None:
    thin = io.BytesIO(picture(size=(2, 2_000)))
    with pytest.raises(InvalidInput, match="50 million pixels"):
        images.resize(thin, io.BytesIO(), 1_040, "image/png")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_what_a_camera_noted_is_removed_and_the_picture_is_turned(app: object, form: str) -> None:
    """Orientation 6: what is stored at the left belongs to the top."""
    content = with_exif(form)
    assert b"Secret Camera" in content
    with_file = images.inspect(io.BytesIO(content))
    assert (with_file.width, with_file.height, with_file.has_metadata) == (30, 40, True)
    clean = io.BytesIO()
    images.without_metadata(io.BytesIO(content), clean)
    image = opened(clean)
    assert (image.format, image.size, dict(image.getexif())) == (form, (30, 40), {})
    assert b"Secret Camera" not in clean.getvalue()
    top, bottom = image.convert("RGB").getpixel((15, 5)), image.convert("RGB").getpixel((15, 35))
    assert isinstance(top, tuple) and isinstance(bottom, tuple)
    assert top[0] > 200 and bottom[2] > 200
    assert not images.inspect(clean).has_metadata


def test_notes_in_a_png_are_removed_also_behind_the_pixels(app: object) -> None:
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Prompt", "a secret idea")
    content = picture("PNG", pnginfo=notes)
    assert b"a secret idea" in content
    clean = io.BytesIO()
    images.without_metadata(io.BytesIO(content), clean)
    assert b"a secret idea" not in clean.getvalue()
    assert images.inspect(io.BytesIO(content)).has_metadata and not images.inspect(clean).has_metadata


def test_an_image_without_notes_is_kept_byte_for_byte(app: object) -> None:
    from app.media.receiving import Incoming

    content = picture("JPEG", size=(200, 100), quality=60)
    with Incoming() as incoming:
        incoming.write(content)
        received = incoming.finish()
        received.file.seek(0)
        assert received.file.read() == content


def test_a_camera_s_image_does_not_grow_when_it_is_cleaned() -> None:
    noise = Image.effect_noise((400, 300), 80).convert("RGB")
    out = io.BytesIO()
    exif = Image.Exif()
    exif[MAKE] = "Secret Camera"
    noise.save(out, "JPEG", quality=70, exif=exif)
    clean = io.BytesIO()
    images.without_metadata(out, clean)
    assert len(clean.getvalue()) < 1.1 * len(out.getvalue())


@pytest.mark.parametrize("width", [240, 1_040])
@pytest.mark.parametrize(
    "content",
    [
        picture("PNG", (600, 300), "RGBA", (255, 0, 0, 128)),
        picture("JPEG", (600, 300)),
        picture("JPEG", (600, 300), "CMYK", (0, 255, 255, 0)),
        picture("JPEG", (600, 300), "L", 200),
        picture("WEBP", (600, 300)),
        picture("GIF", (600, 300), "P", 1),
        picture("PNG", (600, 300), "I;16", 40_000),
    ],
    ids=["png-alpha", "jpeg", "cmyk", "grey", "webp", "gif", "png-16-bit"],
)
@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg"])
def test_any_image_comes_in_the_wanted_width_and_type(content: bytes, width: int, media_type: str) -> None:
    out = io.BytesIO()
    assert images.resize(io.BytesIO(content), out, width, media_type) == width // 2
    image = opened(out)
    assert (image.size, f"image/{str(image.format).lower()}") == ((width, width // 2), media_type)
    assert image.mode in {"RGB", "RGBA"}


def test_a_see_through_image_gets_a_white_ground_as_jpeg() -> None:
    out = io.BytesIO()
    images.resize(io.BytesIO(picture("PNG", (600, 300), "RGBA", (0, 0, 0, 0))), out, 240, "image/jpeg")
    pixel = opened(out).getpixel((100, 50))
    assert isinstance(pixel, tuple) and min(pixel) > 250


def test_sizes_of_a_camera_s_image_are_upright_and_tell_nothing() -> None:
    out = io.BytesIO()
    assert images.resize(io.BytesIO(with_exif("JPEG")), out, 300, "image/jpeg") == 400
    image = opened(out)
    assert (image.size, dict(image.getexif()), b"Secret" in out.getvalue()) == ((300, 400), {}, False)


def test_a_moving_image_stays_one() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    exif = Image.Exif()
    exif[MAKE] = "Secret Camera"
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], exif=exif)
    clean = io.BytesIO()
    images.without_metadata(out, clean)
    assert (opened(clean).n_frames, b"Secret" in clean.getvalue()) == (3, False)  # type: ignore[attr-defined]

"""Read, clean and resize images with Pillow, within limits of pixels, memory and parallel work."""

from __future__ import annotations

import errno
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import pillow_heif
from PIL import Image, ImageFile, ImageOps, JpegImagePlugin

from app.core.errors import InvalidInput
from app.core.i18n import _l

pillow_heif.register_heif_opener(thumbnails=False)
# An image of so many pixels takes about 200 MB while it is decoded; phones take pictures of 48 million.
MOST_PIXELS = 50_000_000
# Pillow refuses what has twice as many as it is told, and only warns below.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
# All frames of an animation are decoded and written again, which takes a second for about four million pixels.
MOST_ANIMATED_PIXELS = 25_000_000
# In the largest width that is served, 1,040, a thinner image would have more pixels than are decoded.
MOST_LONGER = 40
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "HEIF", "AVIF")
JPEG_QUALITY = 88
# What a camera's multi-picture JPEG is called by Pillow.
_MULTI_PICTURE = "MPO"
# Keys of an image's `info` that tell about its origin.
_METADATA = ("exif", "xmp", "XML:com.adobe.xmp", "comment", "photoshop")
_ORIENTATION = 0x0112
_BROKEN = _l("This image cannot be read. It may be damaged; save it again and try once more.")
_TOO_MANY_PIXELS = _l("This image has more than 50 million pixels. Make it smaller and try again.")
_TOO_LONG = _l("This animation has more than 25 million pixels in all its frames. Make it smaller or shorter.")
_TOO_THIN = _l("This image is more than 40 times as long as wide. Cut it to a usual shape and try again.")
# Two at a time in each process, so that many uploads do not use up the memory.
_decoding = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Facts:
    """Pixels of an image as it is seen, and whether its ground shows through.

    `has_metadata`: its bytes tell more than the picture, such as where it was taken.
    """

    width: int
    height: int
    is_see_through: bool
    has_metadata: bool


def inspect(file: IO[bytes]) -> Facts:
    """Decode the whole image; raises InvalidInput for `file` when it is broken or too large."""
    with _opened(file) as image:
        if max(image.size) > MOST_LONGER * min(image.size):
            raise InvalidInput(file=_TOO_THIN)
        # What is noted behind the pixels, as PNG allows, is known only after this.
        image.load()
        is_noted = any(image.info.get(key) for key in _METADATA) or bool(getattr(image, "text", None))
        has_metadata = is_noted or image.format == _MULTI_PICTURE
        return Facts(*_upright_size(image), image.has_transparency_data, has_metadata)


def without_metadata(file: IO[bytes], into: IO[bytes]) -> None:
    """Write the same picture, turned as it is meant to be seen, without EXIF and whatever else was noted in it."""
    with _opened(file) as image:
        form = "JPEG" if image.format == _MULTI_PICTURE else str(image.format)
        if form in {"GIF", "WEBP"} and getattr(image, "is_animated", False):
            _forget(image)
            image.save(into, form, save_all=True, exif=b"", xmp=b"")
            return
        profile, upright = image.info.get("icc_profile"), ImageOps.exif_transpose(image)
        _forget(upright)
        upright.save(into, form, exif=b"", icc_profile=profile, **_same_quality(image, form))


def as_jpeg(file: IO[bytes], into: IO[bytes]) -> None:
    """Write the picture as a JPEG, upright and without metadata."""
    with _opened(file) as image:
        upright = ImageOps.exif_transpose(image)
        profile = upright.info.get("icc_profile") if upright.mode == "RGB" else None
        _write(_in_colours(upright, "image/jpeg"), into, "image/jpeg", profile)


def _same_quality(image: Image.Image, form: str) -> dict[str, Any]:
    """Options with which an image that is written again is as good and as large as before."""
    if form == "JPEG":
        sampling = JpegImagePlugin.get_sampling(image)
        return {"qtables": getattr(image, "quantization", None), "subsampling": max(sampling, 0)}
    return {"lossless": True} if form == "WEBP" else {}


def resize(file: IO[bytes], into: IO[bytes], width: int, media_type: str) -> int:
    """Write the image in this width as image/png or image/jpeg, upright and without metadata; returns its height.

    Raises InvalidInput when the image is so narrow that it would become too tall.
    """
    with _opened(file) as image:
        upright_width, upright_height = _upright_size(image)
        height = max(1, round(upright_height * width / upright_width))
        if width * height > MOST_PIXELS:
            raise InvalidInput(file=_TOO_MANY_PIXELS)
        # A JPEG that is decoded at a fraction costs a fraction; twice the wanted size keeps the quality.
        scale = 2 * width / upright_width
        image.draft(None, (int(image.width * scale), int(image.height * scale)))
        upright = ImageOps.exif_transpose(image)
        in_colours = _in_colours(upright, media_type)
        resized = in_colours.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        _write(resized, into, media_type, upright.info.get("icc_profile") if upright.mode == "RGB" else None)
    return height


def _upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height as the picture is meant to be seen."""
    is_turned = image.getexif().get(_ORIENTATION, 1) in {5, 6, 7, 8}
    return (image.height, image.width) if is_turned else (image.width, image.height)


def _in_colours(image: Image.Image, media_type: str) -> Image.Image:
    """In RGB, or RGBA for a see-through PNG; a JPEG gets a white ground."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    see_through = image.convert("RGBA")
    if media_type == "image/png":
        return see_through
    ground = Image.new("RGB", see_through.size, "white")
    ground.paste(see_through, mask=see_through.getchannel("A"))
    return ground


def _write(image: Image.Image, into: IO[bytes], media_type: str, profile: bytes | None) -> None:
    _forget(image)
    if media_type == "image/png":
        image.save(into, "PNG", icc_profile=profile)
    else:
        image.save(into, "JPEG", quality=JPEG_QUALITY, progressive=True, icc_profile=profile)


def _forget(image: Image.Image) -> None:
    """Take away what Pillow would write back into the file."""
    for key in _METADATA:
        image.info.pop(key, None)


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[ImageFile.ImageFile]:
    """An image whose pixels were counted before any was decoded; Pillow's errors become InvalidInput."""
    file.seek(0)
    with _decoding:
        try:
            with Image.open(file, formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise InvalidInput(file=_TOO_MANY_PIXELS)
                frames = getattr(image, "n_frames", 1)
                if frames > 1 and frames * image.width * image.height > MOST_ANIMATED_PIXELS:
                    raise InvalidInput(file=_TOO_LONG)
                yield image
        except Image.DecompressionBombError as error:
            raise InvalidInput(file=_TOO_MANY_PIXELS) from error
        except (OSError, ValueError, SyntaxError, LookupError, EOFError, struct.error) as error:
            if getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT}:
                raise
            raise InvalidInput(file=_BROKEN) from error

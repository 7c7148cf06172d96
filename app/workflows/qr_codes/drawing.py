"""The image of a code as PNG or SVG, with a logo in its middle or without."""

from __future__ import annotations

import io
from base64 import b64encode

import segno
from PIL import Image

from app.media.queries import StoredFile
from app.media.storage.stores import stores

# Pixels of a PNG's side.
SIZES = (256, 512, 1024, 2048)
QUIET = 4
# The logo's share of the side: with error level H about a third of the code may be covered.
LOGO_SHARE = 0.22
# The white frame around the logo, as a share of the logo.
FRAME = 0.12


def png(address: str, size: int, logo: StoredFile | None = None) -> bytes:
    """Return a PNG whose side is `size` pixels."""
    code = _code(address, logo)
    modules = code.symbol_size(border=QUIET)[0]
    drawn = io.BytesIO()
    code.save(drawn, kind="png", scale=max(1, size // modules), border=QUIET)
    image = Image.open(drawn).convert("RGB")
    # Whole pixels a module, and what is left over as margin, so that no module is blurred.
    canvas = Image.new("RGB", (size, size), "white")
    canvas.paste(image, ((size - image.width) // 2, (size - image.height) // 2))
    if logo is not None:
        _put_logo(canvas, logo, image.width)
    out = io.BytesIO()
    canvas.save(out, "PNG", optimize=True)
    return out.getvalue()


def svg(address: str, logo: StoredFile | None = None) -> str:
    """Return an SVG drawing that can be scaled to any size."""
    code = _code(address, logo)
    drawn = io.BytesIO()
    options = {"light": "#fff", "svgclass": None, "lineclass": None, "omitsize": True}
    code.save(drawn, kind="svg", border=QUIET, **options)
    words = drawn.getvalue().decode()
    if logo is None:
        return words
    return words.replace("</svg>", f"{_svg_logo(logo, code.symbol_size(border=QUIET)[0])}</svg>")


def _code(address: str, logo: StoredFile | None) -> segno.QRCode:
    return segno.make_qr(address, error="h" if logo else "m", boost_error=False)


def _put_logo(canvas: Image.Image, logo: StoredFile, side: int) -> None:
    most = int(side * LOGO_SHARE)
    picture = _picture(logo, most)
    frame = int(most * FRAME)
    box = Image.new("RGB", (picture.width + 2 * frame, picture.height + 2 * frame), "white")
    box.paste(picture, (frame, frame), picture)
    canvas.paste(box, ((canvas.width - box.width) // 2, (canvas.height - box.height) // 2))


def _svg_logo(logo: StoredFile, side: float) -> str:
    most = side * LOGO_SHARE
    picture = _picture(logo, 512)
    scale = most / max(picture.size)
    width, height, frame = picture.width * scale, picture.height * scale, most * FRAME
    x, y = (side - width) / 2, (side - height) / 2
    out = io.BytesIO()
    picture.save(out, "PNG")
    return (
        f'<rect x="{x - frame:.3f}" y="{y - frame:.3f}" width="{width + 2 * frame:.3f}"'
        f' height="{height + 2 * frame:.3f}" fill="#fff"/>'
        f'<image x="{x:.3f}" y="{y:.3f}" width="{width:.3f}" height="{height:.3f}"'
        f' href="data:image/png;base64,{b64encode(out.getvalue()).decode()}"/>'
    )


def _picture(logo: StoredFile, most: int) -> Image.Image:
    """Return the logo with a side of at most so many pixels."""
    stored = b"".join(stores.by_name(logo.storage).open(logo.blob_key, 0, logo.size))
    picture = Image.open(io.BytesIO(stored)).convert("RGBA")
    scale = most / max(picture.size)
    return picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))

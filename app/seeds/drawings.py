"""Images of the demo: drawn here and stored as uploads are."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from app.line.models import Account
from app.media.models import Kind, MediaFile, Visibility
from app.media.operations.files import add_file
from app.media.receiving import Incoming
from app.team.actors import Actor

CREAM, BROWN, GREEN, GOLD, CLAY = "#f6ead6", "#6f4a35", "#3d6a57", "#8a6a1f", "#9a5638"
# Left, top, width and height in parts of the whole.
Place = tuple[float, float, float, float]
WHOLE: Place = (0, 0, 1, 1)


def tiles(size: tuple[int, int], places: Sequence[Place], words: Sequence[str], colours: Sequence[str]) -> bytes:
    """Return a PNG of this size in pixels with a tile at each place, each with its word."""
    width, height = size
    image = Image.new("RGB", size, CREAM)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=width // 21)
    edge = width // 104
    for (left, top, wide, high), word, colour in zip(places, words, colours, strict=True):
        corners = ((left + wide) * width - edge, (top + high) * height - edge)
        box = (left * width + edge, top * height + edge, *corners)
        pen.rounded_rectangle(box, width // 42, fill=colour)
        pen.text(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), word, fill=CREAM, font=font, anchor="mm")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def stored(account: Account, kind: Kind, content: bytes, name: str, visibility: Visibility, actor: Actor) -> MediaFile:
    """Store a file of this kind as an upload of the account; commits what was written before."""
    with Incoming(frozenset({kind})) as incoming:
        incoming.write(content)
        return add_file(account.id, incoming.finish(), name=name, visibility=visibility, actor=actor)

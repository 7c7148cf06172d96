"""A chat on a phone, drawn from the very JSON that LINE gets.

What members write as JSON may hold anything, so nothing is taken for granted: what cannot be drawn is a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.core import lenient_json
from app.core.i18n import _l
from app.line.shop_pictures import sticker_picture
from app.messages.preview.flex import flex
from app.messages.preview.parts import Part, Tap, button, inside, picture_at, tap_of
from app.messages.preview.templates import template
from app.messages.preview.words import words

WIDTH = 1040


@dataclass(frozen=True)
class Phone:
    """The messages from top to bottom, and the quick replies below the last one."""

    messages: Sequence[Part]
    quick_replies: Sequence[Part]

    @cached_property
    def taps(self) -> Sequence[Tap]:
        """Return what taps on it send, each once."""
        return list(dict.fromkeys(tap for one in (*self.messages, *self.quick_replies) for tap in _taps(one)))

    @property
    def pickers(self) -> Sequence[Tap]:
        """Return those with which the friend chooses a moment."""
        return [one for one in self.taps if one.mode]


def phone(messages: Sequence[Any]) -> Phone:
    """Return the drawing of messages that arrive together."""
    last = messages[-1] if messages else None
    items = lenient_json.items(inside(last, "quickReply"), "items")
    return Phone([_drawn(one) for one in messages], [button("reply", inside(one, "action")) for one in items])


def _taps(part: Part) -> Iterator[Tap]:
    if part.tap is not None:
        yield part.tap
    for one in part.parts:
        yield from _taps(one)


def _drawn(message: Any) -> Part:
    draw = _KINDS.get(lenient_json.text(message, "type") or "")
    return draw(message) if draw else Part("words", note=_l("A message of a kind that this preview does not know."))


def _image(message: Any) -> Part:
    return Part("photo", note=_l("Image"), picture=picture_at(message, "previewImageUrl") or "")


def _video(message: Any) -> Part:
    return Part("photo phone-film", note=_l("Video"), picture=picture_at(message, "previewImageUrl") or "")


def _audio(message: Any) -> Part:
    seconds = max(lenient_json.number(message, "duration") or 0, 0) // 1000
    return Part("audio", f"▶ {seconds // 60}:{seconds % 60:02d}")


def _sticker(message: Any) -> Part:
    number = lenient_json.text(message, "stickerId") or ""
    package = lenient_json.text(message, "packageId") or ""
    note = _l("Sticker %(sticker)s of package %(package)s", sticker=number, package=package)
    return Part("sticker", note=note, picture=sticker_picture(number) or "")


def _location(message: Any) -> Part:
    title, address = lenient_json.text(message, "title"), lenient_json.text(message, "address")
    return Part("card phone-map", parts=[Part("title", title), Part("copy", address)])


def _imagemap(message: Any) -> Part:
    base, size = picture_at(message, "baseUrl"), inside(message, "baseSize")
    height = min(max(lenient_json.number(size, "height") or WIDTH, 1), 2 * WIDTH)
    areas = [_area(one, height, "area") for one in lenient_json.items(message, "actions")]
    film = inside(message, "video")
    shown = [_area(film, height, "film-area", picture_at(film, "previewImageUrl"))] if film else []
    css = {"aspect-ratio": f"{WIDTH} / {height}"}
    return Part(
        "imagemap", note=_l("Rich Message"), picture=f"{base}/700" if base else "", css=css, parts=shown + areas
    )


def _area(one: Any, height: int, look: str, picture: str | None = None) -> Part:
    area = inside(one, "area")
    places = (("left", "x", WIDTH), ("top", "y", height), ("width", "width", WIDTH), ("height", "height", height))
    css = {name: f"{(lenient_json.number(area, key) or 0) / whole:.3%}" for name, key, whole in places}
    return Part(look, lenient_json.text(one, "label"), picture=picture, css=css, tap=tap_of(one))


_KINDS: dict[str, Callable[[Any], Part]] = {
    "text": words,
    "textV2": words,
    "image": _image,
    "video": _video,
    "audio": _audio,
    "sticker": _sticker,
    "location": _location,
    "imagemap": _imagemap,
    "template": template,
    "flex": lambda message: flex(inside(message, "contents")),
}

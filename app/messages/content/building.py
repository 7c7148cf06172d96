"""Build a LINE message from typed content, and collect what is wrong with it at the field it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from app.core.i18n import Text, _, _l
from app.core.names import UNREADABLE, is_readable
from app.messages.content.counting import Count, utf16_units
from app.messages.content.filling import Escape, Fillable, Placed, in_address, unchanged
from app.messages.content.personal_text import LineEmoji, Mention, PersonalValue, Piece, WrongPlace, parse
from app.messages.content.web_address import SCHEMES, wrong_address

EMPTY = _l("Fill this in.")
LONGEST_ADDRESS = 1_000


@dataclass(frozen=True)
class ContentProblem:
    """What is wrong with one field; `path` names it as in the stored content, like `messages.0.actions.1.label`."""

    path: str
    message: Text
    # Nothing stands there yet, which is no fault while the field is still to be filled in.
    is_missing: bool = False


@dataclass(frozen=True)
class MediaLinks:
    """Public addresses of a stored file, and what LINE must know of it; `duration` is in milliseconds."""

    kind: str
    url: str
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    media_type: str = ""
    # The page from which the file is downloaded.
    page: str = ""

    def in_width(self, width: int) -> str:
        """Return the address of the image in one of LINE's widths."""
        address = f"{self.url}/{width}"
        return Placed(address, self.url.path) if isinstance(self.url, Placed) else address


class PersonalName(Protocol):
    """A personal value that texts may name. `is_always_known` values need no fallback."""

    @property
    def is_always_known(self) -> bool: ...


@dataclass
class Builder:
    """Where a build stands, what it may use, and what it found wrong."""

    media: Mapping[int, MediaLinks]
    personal: Mapping[str, PersonalName]
    # Mentions are for group chats.
    is_for_group: bool = False
    problems: list[ContentProblem] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)

    @contextmanager
    def inside(self, *names: str | int) -> Iterator[None]:
        """Name the fields of the block below these."""
        before = len(self._path)
        self._path += map(str, names)
        try:
            yield
        finally:
            del self._path[before:]

    def complain(self, message: Text, *names: str | int, is_missing: bool = False) -> None:
        """Add a problem of the field of this name at the current place."""
        self.problems.append(ContentProblem(self.path_of(*names), message, is_missing))

    def path_of(self, *names: str | int) -> str:
        """Return the path of the field of this name at the current place."""
        return ".".join([*self._path, *map(str, names)])

    def text(
        self,
        name: str,
        source: str,
        limit: int,
        count: Count = utf16_units,
        *,
        is_required: bool = True,
        escape: Escape = unchanged,
    ) -> str | Fillable:
        """Return a text of the message; one with LINE emoji or mentions has no place here and is refused."""
        parts = self.parts(name, source)
        return self.checked(name, Fillable(parts, limit, count, escape), is_required=is_required)

    def checked(self, name: str, text: Fillable, *, is_required: bool = True) -> str | Fillable:
        """Complain of a text that is too long or may be empty; returns str where nothing is to be filled in."""
        emptiest = "".join(map(self._at_least, text.parts))
        literal = text.count("".join(one for one in text.parts if isinstance(one, str)))
        if is_required and not emptiest.strip():
            self.complain(EMPTY, name, is_missing=True)
        if literal > text.limit:
            long = _(
                "At most %(limit)s characters as LINE counts them; these are %(count)s.",
                limit=text.limit,
                count=literal,
            )
            self.complain(long, name)
        path = self.path_of(name)
        if any(isinstance(one, PersonalValue) for one in text.parts):
            return replace(text, path=path)
        return Placed("".join(one for one in text.parts if isinstance(one, str)), path)

    def pieces(self, name: str, source: str) -> tuple[Piece, ...]:
        """Return the pieces of a typed text; wrong places and unknown names are complained of."""
        if not is_readable(source):
            self.complain(UNREADABLE, name)
            return ()
        try:
            found = parse(source)
        except WrongPlace as wrong:
            self.complain(_("Character %(position)s: %(why)s", position=wrong.position + 1, why=wrong.message), name)
            return ()
        for one in found:
            if isinstance(one, PersonalValue):
                self._check_value(name, one)
        return found

    def parts(self, name: str, source: str) -> tuple[str | PersonalValue, ...]:
        """Return the words and personal values of a typed text in which LINE emoji and mentions have no place."""
        pieces = self.pieces(name, source)
        if any(isinstance(one, LineEmoji | Mention) for one in pieces):
            self.complain(_("LINE emoji and mentions can stand in texts only, not here."), name)
        return tuple(one for one in pieces if isinstance(one, str | PersonalValue))

    def _at_least(self, part: str | PersonalValue) -> str:
        """Return what stands there for a recipient of whom nothing is known that is not always known."""
        if isinstance(part, str):
            return part
        known = self.personal.get(part.name)
        return part.name if known and known.is_always_known else part.fallback or ""

    def _check_value(self, name: str, place: PersonalValue) -> None:
        known = self.personal.get(place.name)
        shown = "{{" + place.name + "}}"
        if known is None:
            self.complain(_("“%(shown)s” is not known. Choose a value from the list.", shown=shown), name)
        elif place.fallback is None and not known.is_always_known:
            example = "{{" + place.name + "|…}}"
            said = _(
                "“%(shown)s” is not known of everyone. Add what stands there instead, as in “%(example)s”.",
                shown=shown,
                example=example,
            )
            self.complain(said, name)

    def placed(self, name: str, text: str) -> Placed:
        """Return a text that stands as it is, with the field that it comes from."""
        return Placed(text, self.path_of(name))

    def address(self, name: str, source: str, schemes: tuple[str, ...] = SCHEMES) -> str | Fillable:
        """Return a link to open; personal values are percent-encoded, and may stand behind the host only."""
        parts = self.parts(name, source.strip())
        if problem := wrong_link(parts, schemes):
            self.complain(problem, name)
        return self.checked(name, Fillable(parts, LONGEST_ADDRESS, utf16_units, in_address, may_cut=False))

    def file(self, name: str, file_id: int | None, kind: str) -> MediaLinks | None:
        """Return the links of a stored file of this kind; None with a complaint where there is none."""
        if file_id is None:
            self.complain(MISSING_FILES[kind], name, is_missing=True)
            return None
        found = self.media.get(file_id)
        if found is None or found.kind != kind:
            self.complain(_l("This file is not there any more. Choose another one."), name)
            return None
        return replace(found, url=Placed(found.url, self.path_of(name)))


MISSING_FILES: dict[str, Text] = {
    "image": _l("Choose an image."),
    "video": _l("Choose a video."),
    "audio": _l("Choose a sound file."),
}


def wrong_link(parts: Sequence[Piece], schemes: tuple[str, ...] = SCHEMES) -> Text | None:
    """Return what is wrong with the pieces of a link; None when it is fine, or empty.

    Values that are filled in are percent-encoded, so whatever they are, they change neither scheme nor host.
    """
    if not parts:
        return None
    start = parts[0] if isinstance(parts[0], str) else ""
    if any(one.isspace() for part in parts[1:] if isinstance(part, str) for one in part):
        return _l("An address holds no blanks.")
    return wrong_address(start, is_whole=len(parts) == 1, schemes=schemes)

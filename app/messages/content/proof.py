"""Prove that a message set can be sent: rendered for the longest and the emptiest recipient, and put to LINE.

What LINE says stands at the field that it speaks of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.core import error_messages
from app.core.db import released
from app.core.errors import InvalidInput, PermanentFailure, RetryLater
from app.core.i18n import Text, _, _l
from app.line.gateway import messages as gateway
from app.messages.content.building import LONGEST_ADDRESS, ContentProblem
from app.messages.content.counting import utf16_units
from app.messages.content.filling import TooLong, Values
from app.messages.content.media_links import media_links, why_unreachable
from app.messages.content.message_set import Built, MessageSet, build, files_of
from app.messages.content.personal_values import PersonalValueType, longest_and_emptiest, personal_values
from app.messages.content.utm import Utm

TOO_LONG_WITH_UTM = _l(
    "With long values filled in and the UTM parameters added, this address has more than 1,000 characters."
)
TOO_LONG = _l("With long values filled in, this address has more than the 1,000 characters that LINE takes.")


@dataclass(frozen=True)
class Proof:
    """What is wrong with a set; `unasked` says why LINE could not be asked, though nothing of ours is wrong."""

    problems: tuple[ContentProblem, ...]
    unasked: Text | None = None

    @property
    def is_good(self) -> bool:
        """Return whether the set may be used."""
        return not self.problems and self.unasked is None

    def require(self) -> None:
        """Raise InvalidInput, with a sentence at each field, unless the set may be used."""
        if self.problems:
            raise InvalidInput({one.path: one.message for one in reversed(self.problems)})
        if self.unasked is not None:
            raise InvalidInput({"": self.unasked})


def built_for(
    account_id: int,
    content: MessageSet,
    extra: Mapping[str, PersonalValueType] | None = None,
    *,
    is_for_group: bool = False,
    lenders: Collection[int] = (),
) -> Built:
    """Make a set of the account ready; `extra` are personal values that only its owner knows, such as answers.

    `lenders` are accounts whose files it may show as well.
    """
    personal = personal_values(account_id) | dict(extra or {})
    media = media_links(account_id, files_of(content), lenders=lenders)
    return build(content, media, personal, is_for_group=is_for_group)


def prove(
    account_id: int,
    content: MessageSet,
    extra: Mapping[str, PersonalValueType] | None = None,
    *,
    is_for_group: bool = False,
) -> Proof:
    """Return what is wrong with a set. Asks LINE, so what the session has written before is committed."""
    built = built_for(account_id, content, extra, is_for_group=is_for_group)
    problems = [*built.problems, *_unreachable(content)]
    if problems:
        return Proof(tuple(problems))
    longest, emptiest = longest_and_emptiest(account_id, built.ready.names)
    longest = {**{name: one.longest for name, one in (extra or {}).items()}, **longest}
    try:
        with released():
            both = [_complaints(account_id, built, values, content.utm) for values in (longest, emptiest)]
    except (RetryLater, PermanentFailure) as error:
        return Proof(
            (), _("LINE could not check the messages: %(why)s", why=error_messages.sentence(error.code, error.params))
        )
    return Proof(tuple(dict.fromkeys([*both[0], *both[1]])))


def _unreachable(content: MessageSet) -> list[ContentProblem]:
    why = why_unreachable()
    return [ContentProblem("messages", why)] if why and files_of(content) else []


def _complaints(account_id: int, built: Built, values: Values, utm: Utm | None) -> list[ContentProblem]:
    try:
        messages = built.ready.messages(values)
    except TooLong as error:
        return [ContentProblem(error.path, TOO_LONG)]
    grown = [place for place, link in _links(messages, "messages") if utm and _length_with(utm, link) > LONGEST_ADDRESS]
    if grown:
        return [ContentProblem(built.origins.field_of(place), TOO_LONG_WITH_UTM) for place in grown]
    said = gateway.complaints(account_id, messages)
    return [
        ContentProblem(built.origins.field_of(one.place), _("LINE says: %(words)s", words=one.words)) for one in said
    ]


def _links(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Yield the links in messages, each with its place as LINE names properties."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name in ("uri", "linkUri") and isinstance(one, str) and one.lower().startswith("http"):
                yield f"{place}.{name}", one
            else:
                yield from _links(one, f"{place}.{name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _links(one, f"{place}[{number}]")


def _length_with(utm: Utm, link: str) -> int:
    """Return the length of a link with the parameters that tracking adds to it, each behind a mark."""
    return utf16_units(link) + sum(1 + len(one) for one in utm.missing_in(link))

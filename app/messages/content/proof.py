"""Prove that a message set can be sent: rendered for the longest and the emptiest recipient, and put to LINE.

What LINE says stands at the field that it speaks of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core import error_messages
from app.core.db import released
from app.core.errors import InvalidInput, PermanentFailure, RetryLater
from app.core.i18n import Text, _, _l
from app.line.gateway import messages as gateway
from app.messages.content.building import ContentProblem
from app.messages.content.filling import TooLong, Values
from app.messages.content.media_links import media_links, why_unreachable
from app.messages.content.message_set import Built, MessageSet, build, files_of
from app.messages.content.personal_values import PersonalValueType, longest_and_emptiest, personal_values

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
) -> Built:
    """Make a set of the account ready; `extra` are personal values that only its owner knows, such as answers."""
    personal = personal_values(account_id) | dict(extra or {})
    media = media_links(account_id, files_of(content))
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
            found = [one for values in (longest, emptiest) for one in _complaints(account_id, built, values)]
    except (RetryLater, PermanentFailure) as error:
        return Proof(
            (), _("LINE could not check the messages: %(why)s", why=error_messages.sentence(error.code, error.params))
        )
    return Proof(tuple(dict.fromkeys(found)))


def _unreachable(content: MessageSet) -> list[ContentProblem]:
    why = why_unreachable()
    return [ContentProblem("messages", why)] if why and files_of(content) else []


def _complaints(account_id: int, built: Built, values: Values) -> list[ContentProblem]:
    try:
        messages = built.ready.messages(values)
    except TooLong as error:
        return [ContentProblem(error.path, TOO_LONG)]
    said = gateway.complaints(account_id, messages)
    return [
        ContentProblem(built.origins.field_of(one.place), _("LINE says: %(words)s", words=one.words)) for one in said
    ]

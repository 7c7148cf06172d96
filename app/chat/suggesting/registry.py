"""What can suggest an answer. A suggester puts nothing anywhere and sends nothing: it returns words and sources."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.i18n import Text, _l
from app.core.registry import Registry
from app.messages.conversations.models import Conversation
from app.team.actors import Actor


class Ability(StrEnum):
    """What may be asked of a suggester beside a first draft."""

    ANOTHER = "another"
    SHORTER = "shorter"
    MORE_POLITE = "more_polite"
    THEIR_LANGUAGE = "their_language"


LABELS: Mapping[Ability, Text] = {
    Ability.ANOTHER: _l("Another"),
    Ability.SHORTER: _l("Shorter"),
    Ability.MORE_POLITE: _l("More polite"),
    Ability.THEIR_LANGUAGE: _l("In the friend’s language"),
}


@dataclass(frozen=True)
class SuggestionSource:
    """What a suggestion is made of: a kind and a name, with its page where the reader may open it."""

    kind: Text
    name: str
    url: str = ""


@dataclass(frozen=True)
class Suggestion:
    """Words for the composer. `key` names it among those of the suggester, so that another one can be asked for."""

    text: str
    sources: Sequence[SuggestionSource]
    key: str
    suggester: str = ""


@dataclass(frozen=True)
class SuggestionWish:
    """What is asked for: `seen` are keys that were suggested before, `text` is what stands in the composer."""

    conversation: Conversation
    actor: Actor
    ability: Ability | None = None
    seen: Sequence[str] = ()
    text: str = ""


@dataclass(frozen=True)
class Suggester:
    """One way to suggest. It returns None where it has nothing that fits, or nothing more."""

    name: str
    abilities: Collection[Ability]
    suggest: Callable[[SuggestionWish], Suggestion | None]


# In the order in which they are asked: the first that has something answers.
SUGGESTERS: Registry[Suggester] = Registry("suggester of answers")

"""Ask the registered suggesters for a draft."""

from __future__ import annotations

from dataclasses import replace

from app.chat.suggesting.registry import SUGGESTERS, Ability, Suggestion, SuggestionWish


def suggest(wish: SuggestionWish, suggester: str = "") -> Suggestion | None:
    """Return the first draft that a suggester has; a named one alone is asked, if it can do what is wished."""
    for one in SUGGESTERS.values():
        is_asked = one.name == suggester if suggester else True
        if not is_asked or (wish.ability is not None and wish.ability not in one.abilities):
            continue
        found = one.suggest(wish)
        if found is not None:
            return replace(found, suggester=one.name)
    return None


def abilities_of(suggester: str) -> list[Ability]:
    """Return what can be asked of this one, in the order of buttons."""
    found = SUGGESTERS.get(suggester)
    return [one for one in Ability if found and one in found.abilities]

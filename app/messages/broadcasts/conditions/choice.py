"""The condition that the people of an opened number fit."""

from __future__ import annotations

from typing import Any

from app.messages.broadcasts.conditions.numbers import condition_of
from app.messages.broadcasts.conditions.parts import condition_of_link, condition_of_set
from app.messages.broadcasts.queries.choice import PeopleChoice


def condition_for(choice: PeopleChoice) -> dict[str, Any] | None:
    """Return the condition, as it is stored, that these people fit; None for the only message set of a broadcast."""
    if choice.send_id is None:
        return condition_of(choice.kind, choice.broadcast.id)
    if choice.place:
        return condition_of_link(choice.send_id, choice.place)
    return condition_of_set(choice.kind, choice.send_id) if choice.broadcast.content_b is not None else None

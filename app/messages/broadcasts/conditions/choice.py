"""The conditions that the people of an opened number fit."""

from __future__ import annotations

from typing import Any

from app.messages.broadcasts.conditions.numbers import condition_of
from app.messages.broadcasts.conditions.parts import condition_of_link, condition_of_part, condition_of_set
from app.messages.broadcasts.deal import Deal
from app.messages.broadcasts.models import PartOfTest
from app.messages.broadcasts.queries.choice import BY_SEND, PeopleChoice
from app.messages.broadcasts.queries.variants import send_of


def conditions_for(choice: PeopleChoice) -> list[dict[str, Any]]:
    """Return the conditions, as they are stored, that together these people fit.

    None for the only message set of a broadcast.
    """
    if choice.part is not None:
        return _of_part(choice, choice.part)
    if choice.send_id is None:
        return [condition_of(choice.kind, choice.broadcast.id)]
    if choice.place:
        return [condition_of_link(choice.send_id, choice.place)]
    return [condition_of_set(choice.kind, choice.send_id)] if choice.broadcast.content_b is not None else []


def _of_part(choice: PeopleChoice, part: PartOfTest) -> list[dict[str, Any]]:
    """Return the condition of the number and that of the part.

    Who fetched something of a set counts for its half of the test unless they belong to the rest.
    """
    broadcast = choice.broadcast
    if choice.kind not in BY_SEND:
        return [condition_of(choice.kind, broadcast.id), condition_of_part(broadcast.id, part)]
    send_id, deal = send_of(broadcast, part), Deal.of(broadcast)
    if send_id is None or deal is None:
        return []
    of_rest = condition_of_part(broadcast.id, PartOfTest.REST, is_of=part is PartOfTest.REST)
    return [condition_of_set(choice.kind, send_id), *([of_rest] if deal.has_rest else [])]

"""From a property of a LINE message back to the field that a member has filled in.

LINE speaks of `messages[0].template.actions[1].label`; the field is `messages.0.actions.1.label`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.identifiers import row_number
from app.messages.content.filling import Fillable, Placed

Step = str | int
_STEPS = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


@dataclass(frozen=True)
class Origins:
    """The fields of the texts in built messages, by LINE's path."""

    fields: Mapping[tuple[Step, ...], str]

    def field_of(self, line_property: str) -> str:
        """Return the field, or what all fields have in common that the property holds; "messages" at the least."""
        steps = steps_of(line_property)
        for length in range(len(steps), 1, -1):
            if found := self._below(steps[:length]):
                return found
        return ".".join(map(str, steps[:2])) if len(steps) > 1 else "messages"

    def _below(self, steps: tuple[Step, ...]) -> str:
        within = [field.split(".") for place, field in self.fields.items() if place[: len(steps)] == steps]
        # A message stands for itself, also where its texts come from one field.
        common = _common(within)
        return ".".join(common[:2] if len(steps) == 2 else common)


def _common(paths: Sequence[list[str]]) -> list[str]:
    """Return the steps with which all paths begin."""
    if not paths:
        return []
    first, last = min(paths), max(paths)
    same = next((at for at, step in enumerate(first) if at >= len(last) or last[at] != step), len(first))
    return first[:same]


def steps_of(line_property: str) -> tuple[Step, ...]:
    """Return the steps of a path such as `messages[0].text`; in Flex, LINE writes numbers without brackets."""
    found = (number or name for number, name in _STEPS.findall(line_property))
    return tuple(step if (place := row_number(step)) is None else place for step in found)


def origins_of(messages: Sequence[Any]) -> Origins:
    """Return where the texts of messages come from, as a build has marked them."""
    return Origins(dict(_found(messages, ("messages",))))


def _found(value: Any, steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str]]:
    if isinstance(value, Placed | Fillable):
        yield steps, value.path
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _found(one, (*steps, name))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _found(one, (*steps, number))

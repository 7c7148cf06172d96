"""A segment's form as a browser sends it."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

Condition = tuple[str, str, list[str]]


def posted(*groups: list[Condition], exclusions: int = 0, **fields: Any) -> MultiDict[str, str]:
    """The fields of groups of (property, operator, values), and others by name; the last `exclusions` leave out."""
    sent: MultiDict[str, str] = MultiDict((name, str(value)) for name, value in fields.items())
    for at, conditions in enumerate(groups):
        sent.add("group", str(at))
        if at >= len(groups) - exclusions:
            sent.add("exclusion", str(at))
        for number, (name, operator, values) in enumerate(conditions):
            place = f"{at}-{number}"
            sent.add("condition", place)
            sent.add(f"property-{place}", name)
            sent.add(f"operator-{place}", operator)
            for value in values:
                sent.add(f"value-{place}", value)
    return sent

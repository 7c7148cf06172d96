"""The texts in the settings of a step, whole, for those that two versions do not share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from app.workflows.definition.comparing import ComparedStep

# Settings and parts of messages that hold what people have written.
_WRITTEN = frozenset(
    {
        *("address", "alt_text", "data", "default", "description", "display_text", "end_label", "end_url", "label"),
        *("name", "price", "repeat", "subject", "text", "title", "url", "value"),
    }
)


class WrittenText(NamedTuple):
    """A text in three pieces, of which the middle one is what differs."""

    before: str
    other: str
    after: str


def other_texts(step: ComparedStep) -> tuple[list[WrittenText], list[WrittenText]]:
    """Return the texts that only the earlier version has, and those that only the later one has."""
    if step.before is None or step.after is None:
        return [], []
    old, new = (
        list(dict.fromkeys(_texts({name: node.settings.get(name) for name in step.settings})))
        for node in (step.before, step.after)
    )
    gone, added = [one for one in old if one not in new], [one for one in new if one not in old]
    return _against(gone, added), _against(added, gone)


def _texts(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, str(key))
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, name)
    elif isinstance(value, str) and name in _WRITTEN and value.strip():
        yield value


def _against(texts: list[str], others: list[str]) -> list[WrittenText]:
    """Return each text beside the other one at its place."""
    return [_parted(one, others[at] if at < len(others) else "") for at, one in enumerate(texts)]


def _parted(text: str, other: str) -> WrittenText:
    most = min(len(text), len(other))
    first = next((at for at in range(most) if text[at] != other[at]), most)
    most -= first
    last = next((at for at in range(most) if text[-1 - at] != other[-1 - at]), most)
    return WrittenText(text[:first], text[first : len(text) - last], text[len(text) - last :])

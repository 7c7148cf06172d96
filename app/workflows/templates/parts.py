"""What templates are made of: steps, each with what is left to fill in, and the messages in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.i18n import Text
from app.messages.content import message_set
from app.messages.content.actions import LinkAction
from app.messages.content.kinds.buttons import ButtonsMessage
from app.messages.content.kinds.plain import TextMessage
from app.messages.content.message_set import Message, MessageSet
from app.workflows.definition.graph import NEXT, EntryRules, Graph, Node


@dataclass(frozen=True)
class TemplateStep:
    """A step of a template. `blank` names what a member fills in there; the step cannot run without it.

    `exits` name other parts by their number, from 0. Without any, the next part follows.
    """

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    blank: Text = ""
    exits: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Blank:
    """What is to be filled in at a node; None is the Start node."""

    node_id: str | None
    words: Text


def graph_of(parts: Sequence[TemplateStep], entry: EntryRules) -> Graph:
    """Return the parts as a graph without accounts."""
    return Graph((), tuple(_node(parts, number) for number in range(len(parts))), entry)


def blanks_of(parts: Sequence[TemplateStep]) -> list[Blank]:
    """Return what is to be filled in at the parts."""
    return [Blank(_name(number), part.blank) for number, part in enumerate(parts) if part.blank]


def _node(parts: Sequence[TemplateStep], number: int) -> Node:
    part = parts[number]
    following = {NEXT: number + 1} if number + 1 < len(parts) else {}
    exits = following if part.exits is None else part.exits
    return Node(_name(number), part.kind, dict(part.settings), {name: _name(to) for name, to in exits.items()})


def _name(number: int) -> str:
    return f"n{number + 1}"


def text(words: str) -> dict[str, Any]:
    """Return a text as the content of a step."""
    return _content(TextMessage(words))


def text_with_link(words: str, label: str) -> dict[str, Any]:
    """Return a text with a button as the content of a step; where the button leads is left empty."""
    plain = words.replace("\n", " ")
    return _content(ButtonsMessage(alt_text=plain, text=words, actions=(LinkAction(label=label),)))


def _content(*messages: Message) -> dict[str, Any]:
    return {"content": message_set.write(MessageSet(messages))}


def wait(days: int, time: str = "10:00") -> dict[str, Any]:
    """Return the settings of a delay of some days, until a time of day."""
    amount = {"mode": "amount", "amount": days, "unit": "days", "time": time, "weekdays": []}
    return {**amount, "business_hours": False, "late": {"policy": "go"}}


def on_date(around: str, time: str, *, days: int = 0, yearly: bool = False) -> dict[str, Any]:
    """Return the settings of a trigger that fires around a date of the friend; whose date it is, is left empty."""
    near = {"days": days} if days else {}
    clock = {"time": time, "zone": "", "late": {"policy": "send"}}
    return {"field": "", "around": around, "yearly": yearly, **near, **clock}

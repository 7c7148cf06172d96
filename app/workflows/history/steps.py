"""The steps of a run, and where it stands, as lines of its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from app.core.i18n import Text, _
from app.workflows.definition.asks import ASKS
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import exits_of, kind_of
from app.workflows.definition.naming import StepNames, names_in
from app.workflows.definition.notes import NOTES, TRIGGER_WORDS
from app.workflows.definition.summaries import summaries
from app.workflows.engine.loading import BEFORE
from app.workflows.history.words import RESULT_COLOURS, RESULTS, STATE_COLOURS, STATES, why
from app.workflows.models import WorkflowRun, WorkflowStep

UNKNOWN_ICON = "help-square"


@dataclass(frozen=True)
class NodeName:
    """What a node is called: its icon, its kind, and what it does in a line."""

    icon: str
    label: Text
    summary: Text = ""


@dataclass(frozen=True)
class Asking:
    """One time that a question was asked: when, by which send, and why the answer could not be used."""

    at: datetime
    send_id: int | None = None
    answer: str = ""
    why: str = ""


@dataclass(frozen=True)
class StepLine:
    """One step as it is shown; `exit` is the label of the way that was taken, `send_id` what was sent."""

    number: int
    name: NodeName
    result: Text
    colour: str
    sentences: Sequence[Text]
    exit: Text = ""
    at: datetime | None = None
    send_id: int | None = None
    asked: Sequence[Asking] = ()


def node_name(
    kind_name: str, node: Node | None, said: Mapping[str, Text], *, names: StepNames | None = None
) -> NodeName:
    """Return the name of a node, with what is `said` by id, and its number where `names` are given."""
    kind = kind_of(node or Node("", kind_name))
    if kind is None:
        return NodeName(UNKNOWN_ICON, kind_name)
    if node is None:
        return NodeName(kind.icon, kind.label)
    return NodeName(kind.icon, names.step(node) if names else kind.label, said.get(node.id, ""))


def exit_label(node: Node | None, exit_name: str | None) -> Text:
    """Return the label of an exit; empty for the only one."""
    kind = kind_of(node) if node else None
    if kind is None or node is None:
        return ""
    return next((one.label for one in exits_of(node) if one.name == exit_name), "")


def step_lines(
    graph: Graph, run: WorkflowRun, steps: Sequence[WorkflowStep], *, is_active: bool, shows_friend: bool
) -> list[StepLine]:
    """Return the steps that are over and, for an open run, the one at which it stands."""
    name_of = partial(node_name, said=summaries(graph.nodes, [run.account_id]), names=names_in(graph))
    lines = [_line(graph, run, step, name_of, shows_friend=shows_friend) for step in steps]
    node = graph.node(run.node_id)
    if run.ended_at is None and node is not None:
        name = name_of(node.kind, node)
        lines.append(_standing(run, name, len(lines) + 1, is_active=is_active, shows_friend=shows_friend))
    return lines


def _line(
    graph: Graph, run: WorkflowRun, step: WorkflowStep, name_of: Callable[..., NodeName], *, shows_friend: bool
) -> StepLine:
    node = graph.node(step.node_id)
    return StepLine(
        number=step.number,
        name=name_of(step.kind, node),
        result=RESULTS.get(step.result, step.result),
        colour=RESULT_COLOURS.get(step.result, "secondary"),
        sentences=sentences_of({**step.note, "account_id": run.account_id}, shows_friend=shows_friend),
        exit=exit_label(node, step.exit),
        at=step.at,
        **_sent(step.note, shows_friend=shows_friend),
    )


def _standing(run: WorkflowRun, name: NodeName, number: int, *, is_active: bool, shows_friend: bool) -> StepLine:
    sentence = why(run, is_active=is_active) or _("It is being done.")
    begun = run.begun.get(BEFORE) or run.begun
    sent = _sent(begun.get("note") or {}, shows_friend=shows_friend)
    return StepLine(number, name, STATES[run.state], STATE_COLOURS[run.state], [sentence], **sent)


def _sent(note: Mapping[str, Any], *, shows_friend: bool) -> dict[str, Any]:
    """Return what the step has sent: of a question each time that it was asked, the last of them by the step's send."""
    send_id = note.get("send") if shows_friend else None
    asked = [_asking(one, shows_friend=shows_friend) for one in note.get(ASKS) or ()]
    if not asked:
        return {"send_id": send_id}
    return {"asked": [*asked[:-1], replace(asked[-1], send_id=send_id)]}


def _asking(one: Mapping[str, Any], *, shows_friend: bool) -> Asking:
    at = datetime.fromisoformat(one["at"])
    if not shows_friend:
        return Asking(at)
    return Asking(at, one.get("send"), str(one.get("answer") or ""), str(one.get("why") or ""))


def sentences_of(note: Mapping[str, Any], *, shows_friend: bool) -> list[Text]:
    """Return what a step wrote down, in words."""
    said = [words.say(note[name], note) for name, words in NOTES.items() if _is_shown(name, note, shows_friend)]
    return [one for one in said if one]


def _is_shown(name: str, note: Mapping[str, Any], shows_friend: bool) -> bool:
    return note.get(name) is not None and (shows_friend or not NOTES[name].is_personal)


def trigger_words(trigger: Mapping[str, Any]) -> Text:
    """Return what the trigger brought, in words; of a kind that registers none, its plain values."""
    kind = str(trigger.get("kind", ""))
    say = TRIGGER_WORDS.get(kind)
    if say is not None:
        return say(trigger)
    plain = {name: value for name, value in trigger.items() if name not in _HIDDEN and isinstance(value, str | int)}
    return ", ".join(f"{name}: {value}" for name, value in plain.items())


_HIDDEN = frozenset({"kind", "account_id", "at", "source", "folded"})

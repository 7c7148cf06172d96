"""The action that adds a note to the conversation with the friend, with personal values in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.chat.notes.operations import MOST_CHARACTERS
from app.chat.operations.of_friends import add_notes_of
from app.chat.steps.batches import held_together, together
from app.chat.steps.words import WRITTEN
from app.core.i18n import Text, _l
from app.messages.content.personal_text import in_short
from app.team.permissions import Permission
from app.workflows.definition.decisions import Decision, Do, Effect
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import ACTIONS, ActionNodeKind, NodeCategory, NodeProblem, always
from app.workflows.definition.state import Arrival
from app.workflows.engine.performing import Done, Outcome, Performer, Task, performer
from app.workflows.simulation import world
from app.workflows.simulation.effects import Told, register_pretence
from app.workflows.texts import builders, filled, names_in, problems_in, values_of

ADD_NOTE = "conversation_note"
LONGEST_SHOWN = 60


@dataclass(frozen=True)
class AddNote(Effect):
    """Add a note with the friend's values in it."""

    text: str


def _decide(arrival: Arrival) -> Decision:
    return Do(AddNote(str(arrival.setting("text") or "")))


def texts_for(tasks: Sequence[Task], source: str) -> dict[int, str]:
    """Return the text for the friend of each task; without those in which nothing is left to say."""
    if not source.strip():
        return {}
    values = values_of(tasks, names_in(source))
    texts = {task.friend_id: filled(source, values[task.key], MOST_CHARACTERS).strip() for task in tasks}
    return {friend_id: text for friend_id, text in texts.items() if text}


def _add(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    for account_id, actor, some in held_together(tasks):
        texts = texts_for(some, some[0].effect.text)
        add_notes_of(account_id, texts, actor=actor)
        outcomes |= _outcomes(some, texts)
    return outcomes


def _pretend(tasks: Sequence[Task], _told: Told) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    for _account_id, _actor, some in together(tasks):
        texts = texts_for(some, some[0].effect.text)
        world.change_conversations(list(texts))
        outcomes |= _outcomes(some, texts)
    return outcomes


def _outcomes(tasks: Sequence[Task], texts: Mapping[int, str]) -> dict[str, Outcome]:
    """Return what is noted; a note of which the friend's values leave nothing is skipped."""
    return {
        task.key: Done({WRITTEN: texts[task.friend_id]}) if task.friend_id in texts else Done(result="skipped")
        for task in tasks
    }


def _check(node: Node, _account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    if not str(node.settings.get("text") or "").strip():
        yield NodeProblem(_l("Enter the text of the note."), "text")


def _check_within(graph: Graph, node: Node) -> Iterable[NodeProblem]:
    return check_text(graph, node, "text")


def check_text(graph: Graph, node: Node, field: str) -> Iterable[NodeProblem]:
    """Tell what is wrong with the text of a note."""
    found = list(builders(graph))
    for builder in found:
        builder.text(field, str(node.settings.get(field) or ""), MOST_CHARACTERS, len, is_required=False)
    yield from problems_in(found)


def _summary(node: Node) -> Text:
    return in_short(str(node.settings.get("text") or ""))[:LONGEST_SHOWN]


performer(AddNote, Performer(inside=_add))
register_pretence(AddNote, _pretend)
ACTIONS.add(
    ADD_NOTE,
    ActionNodeKind(
        name=ADD_NOTE,
        label=_l("Add note"),
        about=_l("Writes a note for your team into the conversation"),
        rank=3,
        category=NodeCategory.CHAT,
        icon="note",
        decide=_decide,
        decides_alike=always,
        check=_check,
        check_within=_check_within,
        summary=_summary,
        permission=Permission.CHAT,
    ),
)

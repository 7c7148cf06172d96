"""Read a document from a file: everything that is wrong with it, each with its place.

Steps of kinds that are not known here are kept as they are; they do nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core.errors import InvalidInput, TomoruError
from app.core.i18n import Text, _, _l
from app.core.names import clean_name
from app.friends.models import AttributeKind
from app.messages.content import message_set
from app.messages.content.json_text import WrongJson, read_object
from app.messages.content.message_set import UnreadableSet
from app.workflows.definition.descriptions import LONGEST_DESCRIPTION
from app.workflows.definition.graph import VERSION as GRAPH_VERSION
from app.workflows.definition.graph import Graph, Node, UnreadableGraph, read_graph
from app.workflows.definition.kinds import TRIGGERS, kind_of
from app.workflows.definition.shapes import wrong_places
from app.workflows.definition.structure import loop_in
from app.workflows.templates.document import FORMAT, VERSION, Document, LeftOut
from app.workflows.templates.names import ALL_FRIENDS, ROWS, WORKFLOW_SETTINGS
from app.workflows.templates.writing import without_files

MOST_BYTES = 1024 * 1024
MOST_FAULTS = 20
# What stands in the editor's own addresses and places instead of the id of a step.
TAKEN_IDS = frozenset({"new", "start", "trigger"})
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_KIND = re.compile(r"[a-z0-9_]{1,60}")


@dataclass(frozen=True)
class Fault:
    """What is wrong at a place of a file, such as "nodes[3].exits"; "" is the whole file."""

    place: str
    message: Text


class UnreadableFile(TomoruError):
    """A file holds no workflow that can be used; `faults` say why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{one.place}: {one.message}" for one in faults))
        self.faults = faults


def read_file(content: bytes) -> Document:
    """Return the workflow of a file; raises UnreadableFile."""
    if len(content) > MOST_BYTES:
        raise _one("", _("A file has at most %(size)s MB.", size=MOST_BYTES // 1024**2))
    try:
        raw = read_object(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _one("", _l("This is no text in UTF-8.")) from error
    except WrongJson as error:
        raise _one("", error.sentence) from error
    return read_document(raw)


def read_document(raw: Mapping[str, Any]) -> Document:
    """Return the document of JSON; raises UnreadableFile."""
    if raw.get("format") != FORMAT:
        raise _one("format", _l("This file holds no workflow of Tomoru."))
    if raw.get("version") != VERSION:
        raise _one("version", _l("This file was made by another version of Tomoru, which this one cannot read."))
    try:
        graph = read_graph({**raw, "version": GRAPH_VERSION, "accounts": []})
    except UnreadableGraph as error:
        raise _one(error.path, _l("This is not as it should be.")) from error
    faults = [*_of_head(raw), *_of_graph(graph)]
    if faults:
        raise UnreadableFile(faults[:MOST_FAULTS])
    return _document(raw, graph)


def stored_document(raw: Mapping[str, Any]) -> Document:
    """Return a document as Tomoru has stored it."""
    return _document(raw, read_graph({**raw, "version": GRAPH_VERSION, "accounts": []}))


def _document(raw: Mapping[str, Any], graph: Graph) -> Document:
    attributes, left_out = raw.get("attributes", {}), raw.get("left_out", [])
    return Document(
        raw["name"].strip(),
        str(raw.get("description", "")).strip(),
        replace(graph, nodes=tuple(_without_files(one) for one in graph.nodes)),
        {key: {"label": one["label"], "kind": one["kind"]} for key, one in attributes.items()},
        [LeftOut(one["node"], one["what"], str(one.get("name", ""))[:200]) for one in left_out],
    )


def _one(place: str, message: Text) -> UnreadableFile:
    return UnreadableFile([Fault(place, message)])


def _of_head(raw: Mapping[str, Any]) -> Iterator[Fault]:
    try:
        clean_name(raw["name"] if isinstance(raw.get("name"), str) else "")
    except InvalidInput as error:
        yield Fault("name", error.fields["name"])
    description = raw.get("description", "")
    if not isinstance(description, str) or len(description) > LONGEST_DESCRIPTION:
        yield Fault("description", _("At most %(limit)s characters.", limit=LONGEST_DESCRIPTION))
    yield from _of_attributes(raw.get("attributes", {}))
    left_out = raw.get("left_out", [])
    if not isinstance(left_out, list) or not all(map(_is_left_out, left_out)):
        yield Fault("left_out", _l("This is not as it should be."))


def _of_attributes(attributes: Any) -> Iterator[Fault]:
    if not isinstance(attributes, Mapping):
        yield Fault("attributes", _l("This is not as it should be."))
        return
    for key, one in attributes.items():
        place = f"attributes.{key}"
        if not isinstance(one, Mapping) or one.get("kind") not in set(AttributeKind):
            yield Fault(place, _l("This is no attribute with a label and a known kind."))
            continue
        try:
            clean_name(one["label"] if isinstance(one.get("label"), str) else "")
        except InvalidInput as error:
            yield Fault(f"{place}.label", error.fields["name"])


def _is_left_out(raw: Any) -> bool:
    return isinstance(raw, Mapping) and all(isinstance(raw.get(name), str) for name in ("node", "what"))


def _of_graph(graph: Graph) -> Iterator[Fault]:
    for at, node in enumerate(graph.nodes):
        place = f"nodes[{at}]"
        if not _ID.fullmatch(node.id):
            yield Fault(f"{place}.id", _l("An id has at most 40 letters, digits, hyphens and underscores."))
        if node.id in TAKEN_IDS:
            yield Fault(f"{place}.id", _("No step can have the id “%(id)s”. Give it another one.", id=node.id))
        if not _KIND.fullmatch(node.kind):
            yield Fault(f"{place}.kind", _l("The name of a kind has small letters, digits and underscores."))
        yield from _of_exits(graph, node, place)
        if kind_of(node) is not None:
            yield from _of_settings(node.settings, f"{place}.settings")
    if loop := loop_in(graph):
        names = " → ".join(loop)
        yield Fault("nodes", _("The steps lead back to themselves: %(names)s.", names=names))


def _of_exits(graph: Graph, node: Node, place: str) -> Iterator[Fault]:
    for name, to in node.exits.items():
        target = graph.node(to)
        if target is None:
            yield Fault(f"{place}.exits.{name}", _("There is no step with the id “%(id)s”.", id=to))
        elif target.kind in TRIGGERS:
            yield Fault(f"{place}.exits.{name}", _l("A trigger follows no other step."))


def _of_settings(settings: Mapping[str, Any], place: str) -> Iterator[Fault]:
    for setting, rows in ROWS.items():
        value = settings.get(setting)
        is_fine = _is_names(value) if rows.is_list else value is None or isinstance(value, str) or value == ALL_FRIENDS
        if setting in settings and not is_fine:
            yield Fault(f"{place}.{setting}", _l("Names are expected here."))
    for setting in WORKFLOW_SETTINGS:
        if not isinstance(settings.get(setting), str | None) and settings[setting] != 0:
            yield Fault(f"{place}.{setting}", _l("Names are expected here."))
    for wrong in wrong_places(settings):
        yield Fault(f"{place}.{wrong}", _l("This is not as it should be."))
    if content := settings.get("content"):
        try:
            message_set.read(content if isinstance(content, Mapping) else {"messages": content})
        except UnreadableSet as error:
            yield Fault(f"{place}.content.{error.path}", _l("This is no message that Tomoru knows."))


def _is_names(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _without_files(node: Node) -> Node:
    """Leave out ids of files, accounts and secrets: those of another installation mean something else here."""
    settings = {name: one for name, one in node.settings.items() if name not in ("secret", "members")}
    if "content" in settings:
        settings["content"] = without_files(settings["content"])
    return replace(node, settings=settings)

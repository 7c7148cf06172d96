"""Write a workflow as a document: names in place of rows, and without what is secret or belongs to this installation.

Where accounts of the workflow differ in what a step does, the first one that has something set counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.friends.queries.attributes import attribute_definitions
from app.media.models import MediaFile
from app.messages.rich_menus.models import RichMenu
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.keyed import as_keys
from app.segments.conditions.properties import catalogue
from app.team.actors import Actor
from app.workflows.actions.webhooks import SEND_WEBHOOK
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import kind_of
from app.workflows.engine.happenings import WEBHOOK_RECEIVED
from app.workflows.models import Workflow
from app.workflows.queries.choices import known_to
from app.workflows.templates.document import Document, LeftOut, LeftWhat
from app.workflows.templates.names import (
    ALIAS,
    ALL_FRIENDS,
    ROWS,
    WORKFLOW_SETTINGS,
    attribute_keys,
    objects_in,
    parts_of,
)
from app.workflows.triggers.clocks import ALL_FRIENDS as ALL

# A value that only names something of the friend; any other may hold a token that was typed.
_ONLY_VALUE = re.compile(r"\s*\{\{[^{}]*\}\}\s*")


def written(workflow: Workflow, graph: Graph, actor: Actor) -> Document:
    """Return a workflow as a document."""
    writer = _Writer(graph, actor)
    nodes = tuple(writer.node(one) for one in graph.nodes)
    portable = Graph((), nodes, graph.entry)
    return Document(workflow.name, workflow.description, portable, writer.attributes(portable), tuple(writer.left_out))


@dataclass
class _Writer:
    graph: Graph
    actor: Actor

    def __post_init__(self) -> None:
        self.left_out: list[LeftOut] = []

    def node(self, node: Node) -> Node:
        node = replace(node, exits={name: to for name, to in node.exits.items() if self.graph.node(to)})
        if kind_of(node) is None:
            self._leave(node, LeftWhat.UNKNOWN)
            return replace(node, settings={})
        settings = deepcopy(dict(node.settings))
        for setting in ROWS:
            if setting in settings:
                settings[setting] = self._names(setting, settings[setting])
        for part in parts_of(settings):
            if "conditions" in part:
                part["conditions"] = self._conditions(part["conditions"])
        self._replace_workflows(node, settings)
        self._replace_alias(settings)
        self._drop_secrets(node, settings)
        self._drop_files(node, settings)
        return replace(node, settings=settings)

    def attributes(self, portable: Graph) -> dict[str, dict[str, str]]:
        """Return label and kind of the custom attributes that the document names."""
        keys = {key for node in portable.nodes for key in attribute_keys(dict(node.settings))}
        found: dict[str, dict[str, str]] = {}
        for account_id in self.graph.account_ids:
            for one in attribute_definitions(account_id):
                if one.key in keys:
                    found.setdefault(one.key, {"label": one.label, "kind": one.kind})
        return found

    def _leave(self, node: Node, what: LeftWhat, name: str = "") -> None:
        self.left_out.append(LeftOut(node.id, what.value, name))

    def _of_first(self, by_account: Any) -> tuple[int, Any] | None:
        """Return the first account that has something set, and what it has."""
        held = by_account if isinstance(by_account, Mapping) else {}
        return next(((one, held[str(one)]) for one in self.graph.account_ids if held.get(str(one))), None)

    def _names(self, setting: str, by_account: Any) -> Any:
        first = self._of_first(by_account)
        rows = ROWS[setting]
        if first is None:
            return [] if rows.is_list else None
        if first[1] == ALL:
            return dict(ALL_FRIENDS)
        names = self._known_names[setting]
        ids = first[1] if isinstance(first[1], list) else [first[1]]
        found = [names[one] for one in ids if one in names]
        return found if rows.is_list else next(iter(found), None)

    @cached_property
    def _known_names(self) -> dict[str, dict[int, str]]:
        """Return the names of all rows that steps hold, by setting and id: one query for each setting."""
        ids: dict[str, set[int]] = {setting: set() for setting in ROWS}
        for node in self.graph.nodes:
            for setting, found in ids.items():
                held = node.settings.get(setting)
                for value in held.values() if isinstance(held, Mapping) else ():
                    found.update(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, int))
        return {setting: ROWS[setting].names(self.graph.account_ids, found) for setting, found in ids.items()}

    def _conditions(self, by_account: Any) -> Any:
        first = self._of_first(by_account)
        return as_keys(parse_definition(first[1], catalogue(first[0])).definition) if first else None

    def _replace_workflows(self, node: Node, settings: dict[str, Any]) -> None:
        for setting in WORKFLOW_SETTINGS:
            if not isinstance(row_id := settings.get(setting), int) or not row_id:
                continue
            named = db.session.get(Workflow, row_id) if row_id in known_to(self.actor, {row_id}) else None
            settings[setting] = named.name if named else None
            if named is None:
                self._leave(node, LeftWhat.WORKFLOW)

    def _replace_alias(self, settings: dict[str, Any]) -> None:
        if settings.get(ALIAS):
            mine = RichMenu.account_id.in_(self.graph.account_ids)
            menus = db.session.scalars(select(RichMenu).where(mine))
            settings[ALIAS] = next((one.name for one in menus if one.alias == settings[ALIAS]), settings[ALIAS])

    def _drop_secrets(self, node: Node, settings: dict[str, Any]) -> None:
        if "members" in settings:
            del settings["members"]
            self._leave(node, LeftWhat.MEMBERS)
        if node.kind == SEND_WEBHOOK:
            # Addresses of webhooks often hold a token.
            settings |= {"url": "", "fields": [_without_fixed(one) for one in objects_in(settings.get("fields"))]}
            self._leave(node, LeftWhat.WEBHOOK)
        if node.kind == WEBHOOK_RECEIVED:
            self._leave(node, LeftWhat.HOOK)
        for name in ("secret", "is_secret_wrong"):
            settings.pop(name, None)

    def _drop_files(self, node: Node, settings: dict[str, Any]) -> None:
        ids = set(_files_in(settings.get("content")))
        if not ids:
            return
        mine = MediaFile.account_id.in_(self.graph.account_ids)
        for row in db.session.execute(select(MediaFile.name).where(MediaFile.id.in_(ids), mine).order_by(MediaFile.id)):
            self._leave(node, LeftWhat.FILE, row.name)
        settings["content"] = without_files(settings["content"])


def _without_fixed(field: Mapping[str, Any]) -> dict[str, Any]:
    value = str(field.get("value") or "")
    return {**field, "value": value if _ONLY_VALUE.fullmatch(value) else ""}


def _files_in(value: Any) -> Iterator[int]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name.endswith("file_id") and isinstance(one, int):
                yield one
            else:
                yield from _files_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _files_in(one)


def without_files(value: Any) -> Any:
    """Return stored messages with the places of their files left empty."""
    if isinstance(value, Mapping):
        return {name: None if name.endswith("file_id") else without_files(one) for name, one in value.items()}
    return [without_files(one) for one in value] if isinstance(value, list) else value

"""Make the graph of accounts from a document: names become rows that are there, rows that are made, or stay open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core.db import db
from app.core.i18n import Text, _l
from app.friends.models import AttributeDefinition
from app.friends.operations.definitions import create_definition
from app.friends.queries.attributes import attribute_definitions
from app.line.models import Account
from app.messages.rich_menus.models import RichMenu
from app.segments.conditions.keyed import resolve
from app.team.actors import Actor
from app.team.permissions import Permission
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import kind_of
from app.workflows.queries.choices import names_for, workflow_choices
from app.workflows.templates.document import Document
from app.workflows.templates.names import (
    ALIAS,
    ALL_FRIENDS,
    ROWS,
    WORKFLOW_SETTINGS,
    Reference,
    attribute_keys,
    names_in,
    parts_of,
    references,
    with_keys,
)
from app.workflows.triggers.clocks import ALL_FRIENDS as ALL

CREATE, LATER = "create", ""
ATTRIBUTE, WORKFLOW = "attribute", "workflow"
LABELS: dict[str, Text] = {ATTRIBUTE: _l("Attribute"), WORKFLOW: _l("Workflow")}


@dataclass(frozen=True)
class Question:
    """What a name of a document is to be in an account; without an account, in all of them.

    `value` is what is chosen so far: the id of a row (the key of an attribute), `CREATE` or `LATER`.
    """

    reference: Reference
    account: Account | None
    shown: str
    choices: Sequence[tuple[str, Text]]
    may_create: bool
    value: str
    is_found: bool

    @property
    def label(self) -> Text:
        """Return what kind of thing it is."""
        return ROWS[self.reference.kind].label if self.reference.kind in ROWS else LABELS[self.reference.kind]


Answers = Mapping[tuple[Reference, int], str]


def questions(document: Document, accounts: Sequence[Account], given: Answers, actor: Actor) -> list[Question]:
    """Return what is to be decided for these accounts; found by name where nothing else was given."""
    wanted = references(document.graph)
    found = [
        _about_rows(reference, account, given.get((reference, account.id)), actor)
        for reference in wanted
        if reference.kind in ROWS
        for account in accounts
    ]
    found += [_about_workflow(one, given.get((one, 0)), actor) for one in wanted if one.kind == WORKFLOW]
    if accounts:
        keys = dict.fromkeys(key for node in document.graph.nodes for key in attribute_keys(dict(node.settings)))
        for key in keys:
            reference = Reference(ATTRIBUTE, key)
            found.append(_about_attribute(reference, document, accounts, given.get((reference, 0)), actor))
    return found


def _about_rows(reference: Reference, account: Account, given: str | None, actor: Actor) -> Question:
    rows = ROWS[reference.kind]
    choices = [(str(row_id), name) for row_id, name in rows.choices(account.id)]
    known = rows.known(account.id, [reference.name]).get(reference.name)
    if known is not None and str(known) not in dict(choices):
        choices.insert(0, (str(known), reference.name))
    may_create = rows.create is not None and known is None and actor.may(rows.permission, account.id)
    usual = str(known) if known is not None else LATER
    return Question(
        reference, account, reference.name, choices, may_create, _valid(given, choices, may_create, usual), bool(usual)
    )


def _about_workflow(reference: Reference, given: str | None, actor: Actor) -> Question:
    choices = [(str(row_id), name) for row_id, name in workflow_choices(actor, None)]
    names = names_for(actor, [int(row_id) for row_id, _label in choices])
    usual = next((row_id for row_id, _label in choices if names.get(int(row_id)) == reference.name), LATER)
    return Question(reference, None, reference.name, choices, False, _valid(given, choices, False, usual), bool(usual))


def _about_attribute(
    reference: Reference, document: Document, accounts: Sequence[Account], given: str | None, actor: Actor
) -> Question:
    """Ask about an attribute: it is found by its key and kind, or by its label and kind, in each of the accounts."""
    told = document.attributes.get(reference.name) or {}
    known = _attributes(accounts)
    choices = [(key, one.label) for key, one in known.items() if not told or one.kind == told["kind"]]
    by_label = next((key for key, label in choices if str(label) == told.get("label")), LATER)
    usual = reference.name if reference.name in dict(choices) else by_label
    may_create = bool(told) and not usual and all(actor.may(Permission.FRIENDS, one.id) for one in accounts)
    shown = told.get("label") or reference.name
    return Question(reference, None, shown, choices, may_create, _valid(given, choices, may_create, usual), bool(usual))


def _valid(given: str | None, choices: Sequence[tuple[str, Text]], may_create: bool, usual: str) -> str:
    if given == CREATE and may_create:
        return CREATE
    return given if given is not None and (given == LATER or given in dict(choices)) else usual


def _attributes(accounts: Sequence[Account]) -> dict[str, AttributeDefinition]:
    """Return the attributes that each of the accounts has, by key."""
    found = [{one.key: one for one in attribute_definitions(account.id)} for account in accounts]
    return {key: one for key, one in found[0].items() if all(key in other for other in found)} if found else {}


def resolved(document: Document, accounts: Sequence[Account], asked: Sequence[Question], actor: Actor) -> Graph:
    """Return the graph for these accounts, and make what the member wants to be made. Raises InvalidInput."""
    keys = {
        one.reference.name: _key(one, document, accounts, actor) for one in asked if one.reference.kind == ATTRIBUTE
    }
    ids: defaultdict[Reference, dict[int, int]] = defaultdict(dict)
    for one in asked:
        if one.reference.kind != ATTRIBUTE and (row_id := _row(one, actor)) is not None:
            ids[one.reference][one.account.id if one.account else 0] = row_id
    nodes = tuple(_Resolver(accounts, ids, keys).node(one) for one in document.graph.nodes)
    return Graph(tuple(sorted(one.id for one in accounts)), nodes, document.graph.entry)


def _row(question: Question, actor: Actor) -> int | None:
    rows = ROWS.get(question.reference.kind)
    if question.value == CREATE and rows and rows.create and question.account:
        return int(rows.create(question.account.id, question.reference.name, actor).id)
    return int(question.value) if question.value not in (CREATE, LATER) else None


def _key(question: Question, document: Document, accounts: Sequence[Account], actor: Actor) -> str:
    """Return the key of the attribute in these accounts; its own where it is left open."""
    if question.value != CREATE:
        return question.value or question.reference.name
    told, key = document.attributes[question.reference.name], ""
    for account in accounts:
        labels = {one.label: one.key for one in attribute_definitions(account.id)}
        made = labels.get(told["label"])
        made = made or create_definition(account.id, told["label"], told["kind"], actor=actor).key
        key = key or made
    return key


@dataclass(frozen=True)
class _Resolver:
    accounts: Sequence[Account]
    ids: Mapping[Reference, Mapping[int, int]]
    keys: Mapping[str, str]

    def node(self, node: Node) -> Node:
        if kind_of(node) is None:
            return node
        settings = with_keys(dict(node.settings), self.keys)
        for setting in ROWS:
            if setting in settings:
                settings[setting] = self._by_account(setting, settings[setting])
        for part in parts_of(settings):
            if "conditions" in part:
                self._resolve_conditions(part)
        for setting in WORKFLOW_SETTINGS:
            if isinstance(name := settings.get(setting), str):
                settings[setting] = self.ids.get(Reference(WORKFLOW, name), {}).get(0)
        if isinstance(name := settings.get(ALIAS), str) and name:
            settings[ALIAS] = self._alias(name)
        return replace(node, settings=settings)

    def _by_account(self, setting: str, value: Any) -> dict[str, Any]:
        rows, found = ROWS[setting], dict[str, Any]()
        for account in self.accounts:
            ids = [
                row_id
                for name in names_in(value)
                if (row_id := self.ids.get(Reference(setting, name), {}).get(account.id)) is not None
            ]
            if value == ALL_FRIENDS:
                found[str(account.id)] = ALL
            elif ids:
                found[str(account.id)] = list(dict.fromkeys(ids)) if rows.is_list else ids[0]
        return found

    def _resolve_conditions(self, part: dict[str, Any]) -> None:
        raw = part.pop("conditions")
        if raw:
            part["conditions"] = {str(one.id): resolve(raw, one).definition.as_json() for one in self.accounts}

    def _alias(self, name: str) -> str:
        chosen = self.ids.get(Reference("menus", name), {})
        menu_id = next(iter(chosen.values()), None)
        menu = db.session.get(RichMenu, menu_id) if menu_id else None
        return menu.alias if menu else name

"""What keeps a step from writing a property: it is gone, the value does not fit its type, nothing is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import select

from app.core import error_messages
from app.core.db import db
from app.core.i18n import _l
from app.integrations.hubspot.steps.connected import check_portals, integrations_by_account
from app.integrations.hubspot.steps.property_plans import LONGEST_TEXT, PROPERTIES, VALUE
from app.integrations.hubspot.steps.property_values import (
    ADD,
    ANSWER,
    CHANGES,
    REMOVE,
    SET,
    PropertyKind,
    kind_of,
    written,
)
from app.integrations.hubspot.values import CannotHold
from app.integrations.shared.step_models import RemoteProperty
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import NodeProblem
from app.workflows.texts import builders, problems_in

GONE = _l("The property of this step does not exist in HubSpot any more. Choose another one.")
ENTER = _l("Enter the value.")
WITH_CHOICES = frozenset({PropertyKind.CHOICE, PropertyKind.SEVERAL, PropertyKind.YES_NO})


def chosen_properties(node: Node, account_ids: Sequence[int]) -> dict[int, RemoteProperty]:
    """Return the property of each account that is there, at the account's own HubSpot."""
    kept = node.settings.get(PROPERTIES) or {}
    ids = {account_id: kept.get(str(account_id)) for account_id in account_ids}
    query = select(RemoteProperty).where(RemoteProperty.id.in_({one for one in ids.values() if isinstance(one, int)}))
    there = {one.id: one for one in db.session.scalars(query.where(RemoteProperty.deleted_at.is_(None)))}
    portals = integrations_by_account(account_ids)
    found = {account_id: there[one] for account_id, one in ids.items() if one in there}
    return {
        account_id: one
        for account_id, one in found.items()
        if account_id in portals and portals[account_id].id == one.integration_id
    }


def check(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    """Tell what is missing or gone, for these accounts."""
    found = chosen_properties(node, account_ids)
    yield from check_chosen(node, account_ids, found)
    told: set[str] = set()
    for one in {about.id: about for about in found.values()}.values():
        for problem in _in_value(node, one):
            if str(problem.message) not in told:
                told.add(str(problem.message))
                yield problem


def check_chosen(node: Node, account_ids: Sequence[int], found: dict[int, RemoteProperty]) -> Iterator[NodeProblem]:
    """Tell of accounts without HubSpot, and of those whose property is not chosen or gone."""
    yield from check_portals(account_ids, PROPERTIES, "writing")
    kept, portals = node.settings.get(PROPERTIES) or {}, integrations_by_account(account_ids)
    for account_id in account_ids:
        if account_id not in portals:
            continue
        if not kept.get(str(account_id)):
            yield NodeProblem(_l("Choose a property of HubSpot."), PROPERTIES)
        elif account_id not in found:
            yield NodeProblem(GONE, PROPERTIES)


def _in_value(node: Node, about: RemoteProperty) -> Iterator[NodeProblem]:
    kind, change, value = kind_of(about), str(node.settings.get("change") or SET), node.settings.get(VALUE)
    if about.is_read_only:
        yield NodeProblem(_l("HubSpot lets nothing but itself change this property. Choose another one."), PROPERTIES)
    if change not in CHANGES[kind]:
        yield NodeProblem(_l("This cannot be done with this property. Choose what happens."), "change")
    elif change == ANSWER and not node.settings.get("answer"):
        yield NodeProblem(_l("Choose whose answer is stored."), "answer")
    elif change in (SET, ADD, REMOVE):
        yield from _wrong_value(about, kind, change, value)


def _wrong_value(about: RemoteProperty, kind: PropertyKind, change: str, value: Any) -> Iterator[NodeProblem]:
    if not value:
        yield NodeProblem(_l("Choose a value.") if kind in WITH_CHOICES else ENTER, VALUE)
    elif kind != PropertyKind.TEXT:
        try:
            written(about, change, value)
        except CannotHold as error:
            yield NodeProblem(error_messages.sentence(error.code, error.values), VALUE)


def check_texts(graph: Graph, node: Node) -> Iterable[NodeProblem]:
    """Tell what is wrong with the places of personal values in a text."""
    value, change = node.settings.get(VALUE), node.settings.get("change") or SET
    kinds = {kind_of(one) for one in chosen_properties(node, graph.account_ids).values()}
    if change != SET or not isinstance(value, str) or not value or kinds != {PropertyKind.TEXT}:
        return
    found = list(builders(graph))
    for builder in found:
        builder.text(VALUE, value, LONGEST_TEXT, len, is_required=False)
    yield from problems_in(found)

"""The trigger of a property that was changed at HubSpot, by people or programs there and not by Tomoru."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from app.core import error_messages
from app.core.db import db
from app.core.i18n import Text, _, _l
from app.integrations.hubspot.steps.connected import is_connected
from app.integrations.hubspot.steps.properties import labels_of_properties
from app.integrations.hubspot.steps.property_checks import check_chosen, chosen_properties
from app.integrations.hubspot.steps.property_plans import PROPERTIES
from app.integrations.hubspot.steps.property_values import SET, PropertyKind, kind_of, shown, told, written
from app.integrations.hubspot.values import CannotHold
from app.integrations.shared.events import RemoteValueChange, RemoteValuesChanged
from app.integrations.shared.models import FieldMapping
from app.integrations.shared.properties import mapped
from app.integrations.shared.step_models import RemoteProperty
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import TRIGGERS, NodeCategory, NodeProblem, TriggerNodeKind
from app.workflows.definition.notes import TRIGGER_WORDS
from app.workflows.engine.entering import enter, listening_accounts
from app.workflows.engine.happenings import Happening
from app.workflows.named import names_by

VALUE_CHANGED = "hubspot_value_changed"
ANY, NONE, CERTAIN = "any", "none", "value"
BEFORE, AFTER = "before", "after"
SIDES: dict[str, Text] = {ANY: _l("Any value"), NONE: _l("No value"), CERTAIN: _l("A certain value")}


def tell_values(batch: Sequence[RemoteValuesChanged]) -> None:
    """Start the workflows that respond to these changes."""
    changes = [one for said in batch for one in said.changes]
    listening = listening_accounts({one.account_id for one in changes}, VALUE_CHANGED)
    heard = [one for one in changes if one.account_id in listening]
    if heard:
        about, change = properties_of_mappings({one.mapping_id for one in heard}), uuid4()
        enter([value_changed(about[one.mapping_id], one, change) for one in heard if one.mapping_id in about])


def value_changed(about: RemoteProperty, one: RemoteValueChange, change: object) -> Happening:
    """Return what workflows are told of a changed value; `change` tells one from others."""
    sides = {BEFORE: told(about, one.before), AFTER: told(about, one.after)}
    data = {
        "property_id": about.id,
        "property": about.label,
        "is_several": kind_of(about) == PropertyKind.SEVERAL,
        "account_id": one.account_id,
        **{f"{side}_value": value for side, value in sides.items()},
        BEFORE: _read(about, one.before),
        AFTER: _read(about, one.after),
    }
    return Happening(one.account_id, one.friend_id, VALUE_CHANGED, f"{VALUE_CHANGED}:{about.id}:{change}", data)


def _read(about: RemoteProperty, value: str) -> str:
    return shown(about, value) if value else ""


def properties_of_mappings(mapping_ids: Collection[int]) -> dict[int, RemoteProperty]:
    """Return the properties that are mapped, by id of the mapping."""
    same = (
        (FieldMapping.integration_id == RemoteProperty.integration_id)
        & (FieldMapping.record_kind == RemoteProperty.record_kind)
        & (FieldMapping.remote_name == RemoteProperty.name)
    )
    query = select(FieldMapping.id, RemoteProperty).join(RemoteProperty, same)
    return {row[0]: row[1] for row in db.session.execute(query.where(FieldMapping.id.in_(mapping_ids)))}


def _is_meant(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    wanted = (settings.get(PROPERTIES) or {}).get(str(data.get("account_id")))
    return wanted is not None and data.get("property_id") == wanted and _fits(settings, data)


def _fits(settings: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    return all(_is_side(settings, data, side, other) for side, other in ((BEFORE, AFTER), (AFTER, BEFORE)))


def _is_side(settings: Mapping[str, Any], data: Mapping[str, Any], side: str, other: str) -> bool:
    """Return whether a side has the wanted value; of several choices, whether that one came or went."""
    wanted, value = settings.get(side, ANY), _value(data, side)
    if wanted == NONE:
        return not value
    if wanted != CERTAIN:
        return True
    forms = {_plain(settings.get(f"{side}_value")), _plain(settings.get(f"{side}_label"))} - {""}
    if not data.get("is_several"):
        return _plain(value) in forms
    there, elsewhere = (set(map(_plain, _value(data, one).split(";"))) for one in (side, other))
    return not forms.isdisjoint(there) and forms.isdisjoint(elsewhere)


def _value(data: Mapping[str, Any], side: str) -> str:
    """Return a value as HubSpot has it; in a test run, what was typed."""
    return str(data.get(f"{side}_value", data.get(side)) or "")


def _plain(value: Any) -> str:
    """Return the form in which equal values are equal: 1 and 1.0, Tokyo and tokyo."""
    typed = str(value or "").strip().casefold()
    try:
        number = Decimal(typed)
    except InvalidOperation:
        return typed
    return f"{number.normalize():f}" if number.is_finite() and abs(number.adjusted()) < 30 else typed


def _check(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    found = chosen_properties(node, account_ids)
    yield from check_chosen(node, account_ids, found)
    ids = {one.id for one in found.values()}
    synced = set(db.session.scalars(select(RemoteProperty.id).where(RemoteProperty.id.in_(ids), mapped())))
    if ids - synced:
        words = _l("This property is not synced, so its changes are not known. Add it on Sync Data of HubSpot.")
        yield NodeProblem(words, PROPERTIES)
    for about in {one.id: one for one in found.values()}.values():
        for side in (BEFORE, AFTER):
            yield from _wrong_side(node, about, side)


def _wrong_side(node: Node, about: RemoteProperty, side: str) -> Iterator[NodeProblem]:
    value, field = node.settings.get(f"{side}_value"), f"{side}_value"
    if node.settings.get(side) != CERTAIN:
        return
    if not value:
        yield NodeProblem(_l("Enter the value."), field)
    elif kind_of(about) not in (PropertyKind.TEXT, PropertyKind.MOMENT):
        try:
            written(about, SET, value)
        except CannotHold as error:
            yield NodeProblem(error_messages.sentence(error.code, error.values), field)


def _example(node: Node, account_id: int) -> Mapping[str, Any]:
    about = chosen_properties(node, [account_id]).get(account_id)
    if about is None:
        return {}
    values = {side: _shown_side(node, side) for side in (BEFORE, AFTER)}
    is_several = kind_of(about) == PropertyKind.SEVERAL
    return {"property_id": about.id, "property": about.label, "is_several": is_several, **values}


def _shown_side(node: Node, side: str) -> str:
    settings = node.settings
    if settings.get(side) != CERTAIN:
        return ""
    return str(settings.get(f"{side}_label") or settings.get(f"{side}_value") or "")


def _says(nodes: Sequence[Node], account_ids: Sequence[int]) -> Mapping[str, Text]:
    """Return in a line when each of these triggers fires."""
    labels = names_by(PROPERTIES, labels_of_properties)(nodes, account_ids)
    return {node.id: _sentence(node, labels[node.id]) for node in nodes if labels[node.id]}


def _sentence(node: Node, label: Text) -> Text:
    values = {side: _shown_side(node, side) for side in (BEFORE, AFTER)}
    values |= {side: _("no value") for side in (BEFORE, AFTER) if node.settings.get(side) == NONE}
    if all(values.values()):
        return _("“%(property)s” changes in HubSpot from “%(before)s” to “%(after)s”", property=label, **values)
    if values[AFTER]:
        return _("“%(property)s” changes in HubSpot to “%(after)s”", property=label, after=values[AFTER])
    if values[BEFORE]:
        return _("“%(property)s” changes in HubSpot from “%(before)s”", property=label, before=values[BEFORE])
    return _("“%(property)s” changes in HubSpot", property=label)


def _words(data: Mapping[str, Any]) -> Text:
    before, after = (data.get(side) or "–" for side in (BEFORE, AFTER))
    return _(
        "“%(property)s” in HubSpot: %(before)s → %(after)s", property=data.get("property"), before=before, after=after
    )


def _told_names(_node: Node) -> Mapping[str, Text]:
    return {BEFORE: _l("Value before"), AFTER: _l("Value after")}


TRIGGER_WORDS.add(VALUE_CHANGED, _words)
TRIGGERS.add(
    VALUE_CHANGED,
    TriggerNodeKind(
        name=VALUE_CHANGED,
        label=_l("HubSpot property changed"),
        about=_l("When a synced property of a friend's contact changes in HubSpot"),
        rank=20,
        category=NodeCategory.AUTOMATION,
        icon="affiliate",
        matches=_is_meant,
        check=_check,
        names=_says,
        tells=_told_names,
        example=_example,
        unavailable=is_connected,
    ),
)

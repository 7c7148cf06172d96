"""The action that writes a property of the friend's contact.

A property that is kept equal to a field changes that field, which is written to HubSpot as always. Any other is stored
as a change to be made, on which the run waits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.core import error_messages
from app.core.clock import now
from app.core.db import db
from app.core.i18n import Text, _, _l, when
from app.integrations.hubspot.changing.sending import ADD, REMOVE
from app.integrations.hubspot.changing.storing import end_changes, store_changes, stored_changes
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.steps.connected import is_connected
from app.integrations.hubspot.steps.property_checks import check, check_texts
from app.integrations.hubspot.steps.property_plans import (
    PROPERTIES,
    VALUE,
    Planned,
    UpdateProperty,
    plan,
    store_mapped,
    with_contacts,
)
from app.integrations.hubspot.steps.property_values import ALL_CHANGES, ANSWER, CLEAR, SET, TODAY, note_of
from app.integrations.hubspot.steps.property_values import shown as shown_value
from app.integrations.hubspot.values import told_moment
from app.integrations.shared.models import Integration, IntegrationState
from app.integrations.shared.step_models import RemoteChange, RemoteProperty
from app.workflows.actions.friends import SOURCE
from app.workflows.definition.decisions import Decision, Do, Fail
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import ACTIONS, WITH_ERROR, ActionNodeKind, NodeCategory, always
from app.workflows.definition.notes import NOTES, NoteWords
from app.workflows.definition.state import Arrival
from app.workflows.engine.performing import Done, Failed, Outcome, Performer, PutOff, Task, performer
from app.workflows.history.notes import shown
from app.workflows.named import names_by
from app.workflows.simulation import world
from app.workflows.simulation.effects import Told, register_pretence
from app.workflows.triggers.friends import ATTRIBUTE_CHANGED, fields_changed

UPDATE_PROPERTY = "hubspot_property"
# Runs look again when their change has ended, and in any case after so long.
LOOK_AGAIN, SETTLED = timedelta(minutes=5), "send"
# A change waits so long for HubSpot to be reconnected.
LONGEST_WAIT = timedelta(days=1)
ENDED = (IntegrationState.DISCONNECTED, IntegrationState.UNINSTALLED, IntegrationState.PENDING)
WAITS = "hubspot.change_waits"
WITHOUT_VALUE = (TODAY, ANSWER, CLEAR)
# So much of a value stands in the line of a step.
LONGEST_SHOWN = 60
error_messages.register({WAITS: _l("The change waits to be written to HubSpot.")})


def _decide(arrival: Arrival) -> Decision:
    property_id = arrival.of_account(PROPERTIES)
    if not isinstance(property_id, int):
        return Fail("hubspot.property_gone")
    value = arrival.setting(VALUE)
    kept = tuple(map(str, value)) if isinstance(value, list) else value
    change = str(arrival.setting("change", SET))
    return Do(UpdateProperty(property_id, change, str(arrival.setting("answer") or "") if change == ANSWER else kept))


def _change(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    """Change friends at once, and store the other changes; runs wait for these until they are made."""
    stored = stored_changes([task.key for task in tasks])
    planned = plan([task for task in tasks if task.key not in stored])
    ready, outcomes = with_contacts(one for one in planned.values() if isinstance(one, Planned))
    outcomes |= {key: one for key, one in planned.items() if isinstance(one, Failed)}
    outcomes |= store_mapped([one for one in ready if one.field])
    direct = [one for one in ready if not one.field]
    store_changes([one.as_change() for one in direct])
    outcomes |= {one.task.key: PutOff(LOOK_AGAIN, WAITS, (SETTLED,)) for one in direct}
    return outcomes | _outcomes([task for task in tasks if task.key in stored], stored)


def _outcomes(tasks: Sequence[Task], stored: Mapping[str, RemoteChange]) -> dict[str, Outcome]:
    ids = {one.integration_id for one in stored.values()}
    portals = {one.id: one for one in db.session.scalars(select(Integration).where(Integration.id.in_(ids)))}
    properties = _properties({task.effect.property_id for task in tasks})
    return {
        task.key: _outcome(
            stored[task.key], portals[stored[task.key].integration_id], properties.get(task.effect.property_id)
        )
        for task in tasks
    }


def _outcome(change: RemoteChange, portal: Integration, about: RemoteProperty | None) -> Outcome:
    """Return what has come of a stored change; it ends where HubSpot was disconnected, or is away for too long."""
    if change.ended_at is not None:
        if change.reason:
            return Failed(change.reason, change.reason_values)
        return Done(note_of(about, change.name, change.change, change.value))
    why = portal.reason or f"{HUBSPOT}.disconnected"
    if portal.state in ENDED or (not portal.is_connected and change.created_at < now() - LONGEST_WAIT):
        end_changes([change.id], why, {})
        return Failed(why)
    return PutOff(LOOK_AGAIN, (why if not portal.is_connected else change.reason) or WAITS, (SETTLED,))


def _properties(ids: Iterable[int]) -> dict[int, RemoteProperty]:
    query = select(RemoteProperty).where(RemoteProperty.id.in_(set(ids)))
    return {one.id: one for one in db.session.scalars(query)}


def labels_of_properties(ids: Collection[int], _account_ids: Sequence[int]) -> Mapping[int, str]:
    """Return the labels of properties by id."""
    return {one.id: one.label for one in _properties(ids).values()}


def _names(nodes: Sequence[Node], account_ids: Sequence[int]) -> Mapping[str, Text]:
    """Return the property of each step, with the value that is written."""
    labels = names_by(PROPERTIES, labels_of_properties)(nodes, account_ids)
    ids = {one for node in nodes for one in (node.settings.get(PROPERTIES) or {}).values() if isinstance(one, int)}
    known = _properties(ids)
    return {node.id: _with_value(node, labels[node.id], known) for node in nodes}


def _with_value(node: Node, label: Text, known: Mapping[int, RemoteProperty]) -> Text:
    about = next((known[one] for one in (node.settings.get(PROPERTIES) or {}).values() if one in known), None)
    value = node.settings.get(VALUE)
    if about is None or not value or node.settings.get("change") in WITHOUT_VALUE:
        return label
    typed = ";".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"{label} → {shown_value(about, typed)[:LONGEST_SHOWN]}"


def _pretend(tasks: Sequence[Task], told: Told) -> dict[str, Outcome]:
    """Change the copies of friends; contacts stay as they are."""
    outcomes: dict[str, Outcome] = {}
    for key, one in plan(tasks).items():
        if isinstance(one, Failed):
            outcomes[key] = one
            continue
        outcomes[key] = one.done
        if one.field and world.set_values(one.field, {one.task.friend_id: one.local}):
            _tell(one, told)
    return outcomes


def _tell(one: Planned, told: Told) -> None:
    if ATTRIBUTE_CHANGED in told.kinds:
        task = one.task
        told.add(task, fields_changed([one.field], task.account_id, task.friend_id, SOURCE, task.key))


def _note(label: Any, note: Mapping[str, Any]) -> Text:
    value = note.get("hubspot_value")
    if value is None:
        return _("“%(property)s” in HubSpot was cleared.", property=label)
    words: Mapping[str, str] = {
        ADD: _("Added to “%(property)s” in HubSpot: %(value)s", property=label, value=_shown(value)),
        REMOVE: _("Taken from “%(property)s” in HubSpot: %(value)s", property=label, value=_shown(value)),
    }
    usual = _("“%(property)s” in HubSpot: %(value)s", property=label, value=_shown(value))
    return words.get(str(note.get("hubspot_change")), usual)


def _shown(value: Any) -> str:
    moment = told_moment(value) if isinstance(value, str) and "T" in value else None
    return when(moment, "minute") if moment else shown(value)


def _summary(node: Node) -> Text:
    return ALL_CHANGES.get(str(node.settings.get("change", SET)), "")


NOTES.add("hubspot_property", NoteWords(_note, is_personal=True))
performer(UpdateProperty, Performer(inside=_change))
register_pretence(UpdateProperty, _pretend)
ACTIONS.add(
    UPDATE_PROPERTY,
    ActionNodeKind(
        name=UPDATE_PROPERTY,
        label=_l("Update HubSpot property"),
        about=_l("Writes a value into a property of the friend's contact"),
        rank=59,
        category=NodeCategory.AUTOMATION,
        icon="affiliate",
        decide=_decide,
        decides_alike=always,
        check=check,
        check_within=check_texts,
        summary=_summary,
        names=_names,
        exits=lambda _node: WITH_ERROR,
        unavailable=is_connected,
    ),
)

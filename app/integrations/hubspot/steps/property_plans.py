"""Work out what the step that writes a property writes for each friend, and store what goes by way of friends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.friends.models import Friend
from app.friends.operations.store_values import store_values
from app.friends.queries.attributes import attribute_definitions
from app.friends.sources import Source
from app.friends.values import Field, fields, value_of
from app.integrations.hubspot.changing.run import NO_CONTACT
from app.integrations.hubspot.changing.sending import ADD, REMOVE, SET, changed
from app.integrations.hubspot.changing.storing import NewChange
from app.integrations.hubspot.gateway.refused import PROPERTY_GONE
from app.integrations.hubspot.steps.connected import integrations_by_account
from app.integrations.hubspot.steps.property_values import ANSWER, PropertyKind, kind_of, note_of, written
from app.integrations.hubspot.values import CannotHold, Converter
from app.integrations.shared.creating import order_records
from app.integrations.shared.fields import synced_fields
from app.integrations.shared.mappings import working_mappings
from app.integrations.shared.models import FieldMapping, Integration, RemoteLink
from app.integrations.shared.records import CONTACT
from app.integrations.shared.step_models import RemoteProperty
from app.workflows.actions.friends import SOURCE
from app.workflows.definition.decisions import Effect
from app.workflows.engine.performing import Done, Failed, Outcome, Task
from app.workflows.texts import filled, names_in, values_of

LONGEST_TEXT = 5_000
# The settings that hold the property of each account, and the value.
PROPERTIES, VALUE = "hubspot_properties", "hubspot_value"


@dataclass(frozen=True)
class UpdateProperty(Effect):
    """Write a property. `value` is text with places for personal values, values of choices, or an answer's name."""

    property_id: int
    change: str
    value: Any = None


@dataclass(frozen=True)
class Planned:
    """What is written for a task: as HubSpot takes it, and of a property that is kept equal to a field as that."""

    task: Task
    about: RemoteProperty
    change: str
    value: str
    has_contact: bool
    field: str = ""
    local: Any = None

    @property
    def done(self) -> Done:
        """Return the outcome of a change that was made."""
        return Done(note_of(self.about, self.about.name, self.change, self.value))

    def as_change(self) -> NewChange:
        """Return it as it is stored, to be made at HubSpot."""
        about = (self.about.integration_id, self.task.friend_id, self.task.key)
        return NewChange(*about, self.about.name, self.change, self.value)


def plan(tasks: Sequence[Task]) -> dict[str, Planned | Failed]:
    """Return by the task's key what is to be written, or why nothing is."""
    if not tasks:
        return {}
    planning = _Planning(tasks)
    return {task.key: planning.of(task) for task in tasks}


def with_contacts(planned: Iterable[Planned]) -> tuple[list[Planned], dict[str, Outcome]]:
    """Order contacts for friends who have none; returns those who have one or get one, and what becomes of others."""
    ready = list(planned)
    without = {one.task.friend_id for one in ready if not one.has_contact}
    order_records(without, timedelta())
    query = select(RemoteLink.friend_id, RemoteLink.integration_id).where(RemoteLink.friend_id.in_(without))
    ordered = {tuple(row) for row in db.session.execute(query)} if without else set()
    lost = [
        one for one in ready if not one.has_contact and (one.task.friend_id, one.about.integration_id) not in ordered
    ]
    failed: dict[str, Outcome] = {one.task.key: Failed(NO_CONTACT) for one in lost}
    return [one for one in ready if one.task.key not in failed], failed


def store_mapped(planned: Sequence[Planned]) -> dict[str, Outcome]:
    """Change the fields of friends, which are written to HubSpot as always."""
    groups: defaultdict[tuple[int, int, str], list[Planned]] = defaultdict(list)
    for one in planned:
        groups[one.task.account_id, one.task.workflow_id, one.field].append(one)
    for (account_id, workflow_id, name), some in sorted(groups.items(), key=lambda group: group[0]):
        values = {one.task.friend_id: {name: one.local} for one in some}
        source = Source(SOURCE, str(workflow_id), some[0].task.workflow_name)
        store_values(account_id, values, _fields(account_id), source=source)
    return {one.task.key: one.done for one in planned}


def _fields(account_id: int) -> dict[str, Field]:
    return fields(attribute_definitions(account_id))


class _Planning:
    """What is known of tasks, read once for all of them."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._integrations = integrations_by_account({task.account_id for task in tasks})
        wanted = select(RemoteProperty).where(RemoteProperty.id.in_({task.effect.property_id for task in tasks}))
        self._properties = {one.id: one for one in db.session.scalars(wanted)}
        texts = {str(task.effect.value) for task in tasks if _is_text(task.effect)}
        self._values = values_of(tasks, set[str]().union(*map(names_in, texts)), is_spelled=False)

    def of(self, task: Task) -> Planned | Failed:
        found, about = self._integrations.get(task.account_id), self._properties.get(task.effect.property_id)
        if found is None or not found.is_connected:
            return Failed((found and found.reason) or "hubspot.disconnected")
        if about is None or about.deleted_at is not None or about.integration_id != found.id or about.is_read_only:
            return Failed(PROPERTY_GONE)
        has_contact = (found.id, task.friend_id) in self._links
        if not has_contact and not found.creates_records:
            return Failed(NO_CONTACT)
        try:
            return self._planned(task, about, has_contact)
        except CannotHold as error:
            return Failed(error.code, error.values)

    def _planned(self, task: Task, about: RemoteProperty, has_contact: bool) -> Planned:
        effect = task.effect
        change = effect.change if effect.change in (ADD, REMOVE) else SET
        value = written(about, effect.change, self._value(task, about))
        mapping, known = self._mappings.get((about.integration_id, about.name)), self._known[task.account_id]
        if mapping is None or mapping.field not in known:
            return Planned(task, about, change, value, has_contact)
        convert = Converter.of(mapping, known[mapping.field])
        after = changed(self._present(task, convert), change, value) if change != SET else value
        return Planned(task, about, change, value, has_contact, mapping.field, convert.read(after))

    def _value(self, task: Task, about: RemoteProperty) -> Any:
        effect = task.effect
        if effect.change == ANSWER:
            return task.answers.get(str(effect.value))
        if kind_of(about) == PropertyKind.TEXT and effect.change == SET:
            return filled(str(effect.value or ""), self._values[task.key], LONGEST_TEXT)
        return list(effect.value) if isinstance(effect.value, tuple) else effect.value

    def _present(self, task: Task, convert: Converter) -> str:
        friend = self._friends.get(task.friend_id)
        return convert.write(value_of(friend, convert.field.name)) if friend else ""

    @cached_property
    def _links(self) -> set[tuple[int, int]]:
        people: Collection[int] = {task.friend_id for task in self._tasks}
        query = select(RemoteLink.integration_id, RemoteLink.friend_id).where(RemoteLink.friend_id.in_(people))
        return {(row.integration_id, row.friend_id) for row in db.session.execute(query)}

    @cached_property
    def _mappings(self) -> Mapping[tuple[int, str], FieldMapping]:
        portals: Mapping[int, Integration] = {one.id: one for one in self._integrations.values()}
        found = [(one, mapping) for one in portals for mapping in working_mappings(one)]
        return {(one, mapping.remote_name): mapping for one, mapping in found if mapping.record_kind == CONTACT}

    @cached_property
    def _known(self) -> Mapping[int, Mapping[str, Field]]:
        portals = {one.id for one in self._integrations.values()}
        return {account_id: of for one in portals for account_id, of in synced_fields(one).items()}

    @cached_property
    def _friends(self) -> Mapping[int, Any]:
        people = {task.friend_id for task in self._tasks}
        columns = [getattr(Friend, name) for name in ("id", "first_name", "last_name", "email", "phone", "company")]
        query = select(*columns, Friend.attributes).where(Friend.id.in_(people))
        return {row.id: row for row in db.session.execute(query)}


def _is_text(effect: UpdateProperty) -> bool:
    return effect.change == SET and isinstance(effect.value, str)

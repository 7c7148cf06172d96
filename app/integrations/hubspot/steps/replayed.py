"""Changes of properties that HubSpot made, for replays: friends' timelines tell of them.

The first values of a field are no changes. Who joined lists is written down nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select

from app.core.db import db
from app.friends.models import Activity
from app.friends.queries.attributes import attribute_definitions
from app.friends.values import Field, fields
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.steps.connected import integrations_by_account
from app.integrations.hubspot.steps.value_trigger import VALUE_CHANGED, properties_of_mappings, value_changed
from app.integrations.hubspot.values import CannotHold, Converter
from app.integrations.shared.events import RemoteValueChange
from app.integrations.shared.mappings import mappings_of
from app.integrations.shared.models import FieldMapping
from app.integrations.shared.step_models import RemoteProperty
from app.segments.conditions.sql import one_of
from app.workflows.simulation.replaying.events import ReplayedEvent, ReplayPeriod
from app.workflows.simulation.replaying.story import ReplaySource, register_source


def _people(account_ids: Collection[int], period: ReplayPeriod) -> Select[Any]:
    return _changes(period, Activity.friend_id).where(Activity.account_id.in_(account_ids))


def _events(period: ReplayPeriod, friend_ids: Sequence[int]) -> Iterator[tuple[int, ReplayedEvent]]:
    columns = (getattr(Activity, name) for name in ("id", "account_id", "friend_id", "occurred_at", "data"))
    rows = db.session.execute(_changes(period, *columns).where(one_of(Activity.friend_id, friend_ids))).all()
    known = _Known({row.account_id for row in rows})
    for row in rows:
        for about, before, after, mapping_id in known.changes(row):
            change = RemoteValueChange(row.account_id, row.friend_id, mapping_id, before, after)
            one = value_changed(about, change, f"activity:{row.id}")
            yield row.friend_id, ReplayedEvent(row.occurred_at, one.key, one.kind, one.data)


def _changes(period: ReplayPeriod, *columns: Any) -> Select[Any]:
    at = Activity.occurred_at
    by_hubspot = (Activity.kind == "attributes_changed", Activity.data["source"].astext == HUBSPOT)
    return select(*columns).where(*by_hubspot, at >= period.since, at < period.until)


class _Known:
    """Mapped properties and fields of accounts, read once."""

    def __init__(self, account_ids: Collection[int]) -> None:
        portals = integrations_by_account(account_ids)
        by_portal = {one.id: mappings_of(one.id) for one in portals.values()}
        self._mappings: Mapping[int, Mapping[str, FieldMapping]] = {
            account_id: {mapping.field: mapping for mapping in by_portal[one.id]} for account_id, one in portals.items()
        }
        ids = {mapping.id for mappings in by_portal.values() for mapping in mappings}
        self._properties = properties_of_mappings(ids) if ids else {}
        self._fields: Mapping[int, Mapping[str, Field]] = {
            account_id: fields(attribute_definitions(account_id)) for account_id in account_ids
        }

    def changes(self, row: Any) -> Iterator[tuple[RemoteProperty, str, str, int]]:
        """Yield the properties of an activity with their values before and after, as HubSpot writes them."""
        mappings, known = self._mappings.get(row.account_id, {}), self._fields[row.account_id]
        for name, (old, new) in (row.data.get("changes") or {}).items():
            mapping, field = mappings.get(name), known.get(name)
            if mapping is None or field is None or mapping.id not in self._properties:
                continue
            if mapping.synced_at is None or mapping.synced_at > row.occurred_at:
                continue
            convert = Converter.of(mapping, field)
            yield self._properties[mapping.id], _written(convert, old), _written(convert, new), mapping.id


def _written(convert: Converter, value: Any) -> str:
    try:
        return convert.write(value)
    except CannotHold:
        return str(value)


register_source(ReplaySource(kinds=frozenset({VALUE_CHANGED}), people=_people, events=_events))

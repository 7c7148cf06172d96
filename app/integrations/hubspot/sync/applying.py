"""Apply what was read to friends: find the friends of contacts, decide field by field, and store in sets.

Friends are locked first, then links, then records. Histories are asked for with nothing locked, and only where both
sides changed a field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core.db import db
from app.friends.operations.friends import lock_friends
from app.friends.values import Field
from app.integrations.hubspot.credentials import find_app
from app.integrations.hubspot.gateway import objects
from app.integrations.hubspot.gateway.objects import CONTACTS, ValueChange
from app.integrations.hubspot.history import last_change
from app.integrations.hubspot.sync.deciding import Decisions, Judge, LinkedFriend, RemoteValue, SyncedField
from app.integrations.hubspot.sync.friends import read_linked, store_decisions
from app.integrations.hubspot.sync.linking import match_contacts
from app.integrations.hubspot.sync.reader import SyncReader
from app.integrations.hubspot.values import Converter
from app.integrations.shared.fields import synced_fields
from app.integrations.shared.links import linked_friends
from app.integrations.shared.mappings import working_mappings
from app.integrations.shared.models import FieldMapping, Integration, RemoteRecord
from app.integrations.shared.records import (
    COMPANY,
    CONTACT,
    PendingRecord,
    applied,
    pending_records,
    pending_versions,
)

BATCH = 500
# Histories of a record by the property's name.
Histories = Mapping[str, Mapping[str, Sequence[ValueChange]]]


@dataclass(frozen=True)
class AppliedBatch:
    """What a batch came to; `last_id` is where the next one goes on, None at the end."""

    last_id: str | None = None
    records: int = 0
    linked: int = 0
    changed: int = 0
    due: int = 0
    conflicts: int = 0
    errors: int = 0

    def counts(self) -> dict[str, int]:
        """Return what a run counts."""
        names = ("linked", "changed", "due", "conflicts", "errors")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


@dataclass(frozen=True)
class ApplyPlan:
    """What is the same for all batches: mapped fields and known fields by account, and who is who at HubSpot."""

    fields: Mapping[int, Sequence[SyncedField]]
    known: Mapping[int, Mapping[str, Field]]
    mapping_ids: Sequence[int]
    judge: Judge


def plan_of(integration: Integration, skew: timedelta) -> ApplyPlan:
    """Read what applying needs."""
    mappings = working_mappings(integration.id)
    known = synced_fields(integration.id)
    mapped = {
        one: [_mapped(mapping, of[mapping.field]) for mapping in mappings if mapping.field in of]
        for one, of in known.items()
    }
    app = find_app()
    return ApplyPlan(mapped, known, [mapping.id for mapping in mappings], Judge(app.app_id if app else "", skew))


def apply_batch(
    integration: Integration,
    plan: ApplyPlan,
    reader: SyncReader,
    after: str = "",
    *,
    matched_by: int | None = None,
    among: Sequence[str] | None = None,
) -> AppliedBatch:
    """Apply the contacts behind this id; the caller commits. Those that change in between wait for the next time.

    Friends of contacts that the run `matched_by` has read were looked for already. `among`: only some of these.
    """
    records = pending_versions(integration.id, CONTACT, limit=BATCH, after=after, among=among)
    if not records:
        return AppliedBatch()
    unmatched = [one.remote_id for one in records if matched_by is None or one.seen_run_id != matched_by]
    linked = match_contacts(integration, unmatched)
    ids = [one.remote_id for one in records]
    held, decided, friends = _decide(integration, plan, ids, {})
    if decided.unknown:
        db.session.rollback()
        histories = _histories(reader, decided.unknown)
        held, decided, friends = _decide(integration, plan, ids, histories)
    friend_ids = [friend.friend_id for group in friends.values() for friend in group]
    changed = store_decisions(integration, decided, friend_ids, plan.mapping_ids, plan.known) if friend_ids else 0
    applied(integration.id, CONTACT, [one for one in held if one.remote_id not in decided.unknown])
    counts = (len(decided.due), len(decided.conflicts), len(decided.errors))
    return AppliedBatch(records[-1].remote_id, len(records), linked, changed, *counts)


def _decide(
    integration: Integration, plan: ApplyPlan, ids: Sequence[str], histories: Histories
) -> tuple[Sequence[PendingRecord], Decisions, Mapping[str, Sequence[LinkedFriend]]]:
    """Lock the friends of these contacts and decide about all of their mapped fields; returns the contacts as well.

    Contacts are read with their friends locked, so that no other worker has applied something newer since.
    """
    lock_friends(linked_friends(integration.id, ids))
    friends = read_linked(integration, ids)
    records = pending_records(integration.id, CONTACT, limit=len(ids), among=ids)
    companies = _companies(integration.id, [record for record in records if record.remote_id in friends])
    decided = Decisions()
    for record in records:
        for friend in friends.get(record.remote_id, ()):
            for mapped in plan.fields.get(friend.account_id, ()):
                value = _remote(record, mapped, companies, histories.get(record.remote_id, {}), plan.judge.app_id)
                if value is not None:
                    plan.judge.decide(friend, mapped, value, decided)
    return records, decided, friends


def _remote(
    record: PendingRecord,
    mapped: SyncedField,
    companies: Mapping[str, tuple[Mapping[str, str], datetime | None]],
    histories: Mapping[str, Sequence[ValueChange]],
    app_id: str,
) -> RemoteValue | None:
    if mapped.is_of_company:
        if record.company_id == "":
            return RemoteValue("", None)
        known = companies.get(record.company_id or "")
        return RemoteValue(known[0].get(mapped.name, ""), known[1]) if known else None
    value = RemoteValue(record.properties.get(mapped.name) or "", record.updated_at)
    if mapped.name not in histories:
        return value
    if not (entries := histories[mapped.name]):
        return replace(value, has_history=True)
    # What was read just now is newer than what is stored.
    newest = last_change(entries, app_id)
    times = [moment for moment in (record.updated_at, entries[0].at) if moment]
    return RemoteValue(entries[0].value, max(times, default=None), newest, has_history=True)


def _companies(
    integration_id: int, records: Iterable[PendingRecord]
) -> dict[str, tuple[Mapping[str, str], datetime | None]]:
    ids = {record.company_id for record in records if record.company_id}
    if not ids:
        return {}
    query = select(RemoteRecord.remote_id, RemoteRecord.properties, RemoteRecord.remote_updated_at).where(
        RemoteRecord.integration_id == integration_id, RemoteRecord.kind == COMPANY, RemoteRecord.remote_id.in_(ids)
    )
    return {row.remote_id: (row.properties, row.remote_updated_at) for row in db.session.execute(query)}


def _histories(reader: SyncReader, unknown: Mapping[str, set[str]]) -> Histories:
    """Read the histories of contested properties, of fifty contacts at a time."""
    names = sorted({name for of_one in unknown.values() for name in of_one})
    ids = sorted(unknown)
    found: dict[str, Mapping[str, Sequence[ValueChange]]] = {}
    for at in range(0, len(ids), objects.MOST_WITH_HISTORY):
        asked = ids[at : at + objects.MOST_WITH_HISTORY]
        for record in reader.call(objects.read_many(CONTACTS, asked, names, history=names)).results:
            found[record.id] = {name: record.history.get(name, ()) for name in names}
    return found


def _mapped(mapping: FieldMapping, field: Field) -> SyncedField:
    is_of_company = mapping.record_kind == COMPANY
    about = (mapping.id, mapping.remote_name, mapping.is_read_only, is_of_company)
    return SyncedField(*about, Converter.of(mapping, field), is_known=mapping.synced_at is not None)

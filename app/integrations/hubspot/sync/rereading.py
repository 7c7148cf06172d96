"""Read contacts and companies that are named once more, and apply what came of it.

HubSpot is asked for the records themselves, whose answers do not lag as those of its search do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from sqlalchemy import select

from app.core.db import db
from app.integrations.hubspot.gateway import associations, objects
from app.integrations.hubspot.gateway.batches import BatchResult
from app.integrations.hubspot.gateway.objects import COMPANIES, CONTACTS, HubSpotRecord
from app.integrations.hubspot.sync import applying
from app.integrations.hubspot.sync.companies import primary_companies
from app.integrations.hubspot.sync.linking import match_contacts
from app.integrations.hubspot.sync.names import WantedNames, wanted_names
from app.integrations.hubspot.sync.present import still_there
from app.integrations.hubspot.sync.reader import SyncReader
from app.integrations.hubspot.sync.storing import forget_contacts, store_contacts
from app.integrations.shared.models import Integration, RemoteLink, RemoteRecord
from app.integrations.shared.records import COMPANY, CONTACT, set_companies, spread_companies, store_records


def read_again(
    integration: Integration, reader: SyncReader, contact_ids: Collection[str], company_ids: Collection[str]
) -> None:
    """Read these records and apply what is new of them, in commits of their own; those that are gone are forgotten.

    Raises RetryLater and PermanentFailure.
    """
    wanted = wanted_names(integration.id)
    db.session.commit()
    waiting: set[str] = set()
    for ids in _parts(contact_ids, objects.MOST):
        answer = reader.call(objects.read_many(CONTACTS, ids, wanted.of_contacts))
        wanted = still_there(integration, reader, wanted, answer.results)
        touched, _gone = store_again(integration, wanted, ids, answer)
        db.session.commit()
        waiting |= touched
    if wanted.companies:
        waiting |= _read_companies(integration, reader, wanted, waiting, company_ids)
    _apply(integration, reader, waiting)


def store_again(
    integration: Integration,
    wanted: WantedNames,
    ids: Sequence[str],
    answer: BatchResult[HubSpotRecord],
    run_id: int | None = None,
) -> tuple[set[str], list[str]]:
    """Store the answer to a question for these contacts; returns those that may wait to be applied, and the gone ones.

    What merely failed, or is not spoken of at all, is not gone. A run is one that reads everything.
    """
    found = answer.results
    store_contacts(integration, wanted, found, run_id=run_id, is_full=run_id is not None)
    db.session.commit()
    there = {record.id for record in found if not record.is_archived}
    gone = _gone(ids, there, answer)
    return there | set(forget_contacts(integration, gone)), gone


def _gone(ids: Sequence[str], there: Collection[str], answer: BatchResult[HubSpotRecord]) -> list[str]:
    """Return those of these contacts that HubSpot says are missing, archived, or merged into another one."""
    found = answer.results
    told = answer.missing | {record.id for record in found if record.is_archived}
    told |= {old for record in found for old in record.merged_ids}
    failed = {one for failure in answer.failures for one in failure.ids}
    if any(record.id not in ids for record in found):
        # One that was merged away answers under another id, even where neither property names it.
        told |= set(ids) - failed
    return [one for one in ids if one in told and one not in there]


def _read_companies(
    integration: Integration,
    reader: SyncReader,
    wanted: WantedNames,
    contact_ids: Collection[str],
    company_ids: Collection[str],
) -> set[str]:
    """Read the companies of these contacts, and these companies as far as a contact has them.

    Returns the contacts that may wait to be applied because of it.
    """
    told = _of_contacts(integration.id, company_ids)
    for ids in _parts(contact_ids, applying.BATCH):
        match_contacts(integration, ids)
    named = _read_primary(integration, reader, contact_ids)
    gone = _read_names(integration, reader, wanted, told | (named - _known(integration.id, named)))
    # Contacts of companies that were deleted or merged have another one now, or none.
    left = _contacts_of(integration.id, gone)
    named = _read_primary(integration, reader, left)
    _read_names(integration, reader, wanted, named - _known(integration.id, named))
    spread_companies(integration.id)
    db.session.commit()
    return left | _contacts_of(integration.id, told)


def _read_primary(integration: Integration, reader: SyncReader, contact_ids: Collection[str]) -> set[str]:
    """Store the primary companies of those of these contacts that have friends; returns the companies."""
    mine = (RemoteLink.integration_id == integration.id, RemoteLink.remote_id.in_(contact_ids))
    linked = {str(one) for one in db.session.scalars(select(RemoteLink.remote_id).where(*mine))}
    db.session.commit()
    named: set[str] = set()
    for ids in _parts(linked, associations.MOST):
        companies = primary_companies(reader, ids)
        set_companies(integration.id, companies)
        db.session.commit()
        named.update(filter(None, companies.values()))
    return named


def _read_names(
    integration: Integration, reader: SyncReader, wanted: WantedNames, company_ids: Collection[str]
) -> set[str]:
    """Read and store companies; returns those that answer no more under their ids."""
    gone: set[str] = set()
    for ids in _parts(company_ids, objects.MOST):
        found = reader.call(objects.read_many(COMPANIES, ids, wanted.companies)).results
        store_records(integration.id, COMPANY, [wanted.company(record) for record in found])
        db.session.commit()
        gone |= set(ids) - {record.id for record in found if not record.is_archived}
    return gone


def _apply(integration: Integration, reader: SyncReader, contact_ids: Collection[str]) -> None:
    plan = applying.plan_of(integration, timedelta(seconds=integration.clock_skew))
    db.session.commit()
    for ids in _parts(contact_ids, applying.BATCH):
        applying.apply_batch(integration, plan, reader, among=ids)
        db.session.commit()


def _known(integration_id: int, company_ids: Collection[str]) -> set[str]:
    mine = (RemoteRecord.integration_id == integration_id, RemoteRecord.kind == COMPANY)
    query = select(RemoteRecord.remote_id).where(*mine, RemoteRecord.remote_id.in_(company_ids))
    return set(db.session.scalars(query))


def _of_contacts(integration_id: int, company_ids: Collection[str]) -> set[str]:
    """Return those of these companies that a contact has."""
    mine = (RemoteRecord.integration_id == integration_id, RemoteRecord.company_id.in_(company_ids))
    return {str(one) for one in db.session.scalars(select(RemoteRecord.company_id).where(*mine).distinct())}


def _contacts_of(integration_id: int, company_ids: Collection[str]) -> set[str]:
    mine = (RemoteRecord.integration_id == integration_id, RemoteRecord.kind == CONTACT)
    return set(
        db.session.scalars(select(RemoteRecord.remote_id).where(*mine, RemoteRecord.company_id.in_(company_ids)))
    )


def _parts(ids: Collection[str], size: int) -> Iterator[list[str]]:
    ordered = sorted(ids)
    return (ordered[at : at + size] for at in range(0, len(ordered), size))

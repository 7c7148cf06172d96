"""Store contacts as they were read, and let links follow those that were merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from app.core.db import db
from app.integrations.hubspot.gateway.objects import HubSpotRecord
from app.integrations.hubspot.sync.names import WantedNames
from app.integrations.shared.links import drop_links, move_links
from app.integrations.shared.matching import records_of_friends
from app.integrations.shared.models import Integration, RemoteLink, RemoteRecord
from app.integrations.shared.records import CONTACT, ReadRecord, drop_records, let_wait, store_records


def store_contacts(
    integration: Integration,
    wanted: WantedNames,
    found: Sequence[HubSpotRecord],
    *,
    run_id: int | None = None,
    is_full: bool = False,
) -> None:
    """Store what was read of contacts; those that were merged away give their friends to the one that remains."""
    moves = {old: record.id for record in found for old in record.merged_ids}
    if moves:
        # Friends are locked before records.
        _follow(integration, moves)
    is_first = is_full and CONTACT not in integration.watermarks
    records = _prepared(wanted, found)
    store_records(integration.id, CONTACT, records, run_id=run_id, is_full=is_full, is_first=is_first)


def forget_contacts(integration: Integration, remote_ids: Sequence[str]) -> Sequence[str]:
    """Drop contacts that are gone at HubSpot; returns others that may belong to their friends, which wait now."""
    friend_ids = drop_links(integration, remote_ids)
    drop_records(integration.id, CONTACT, remote_ids)
    others = records_of_friends(integration.id, friend_ids) if friend_ids else ()
    let_wait(integration.id, others)
    return others


def _prepared(wanted: WantedNames, found: Iterable[HubSpotRecord]) -> list[ReadRecord]:
    return [wanted.contact(record) for record in found if record.id and not record.is_archived]


def _follow(integration: Integration, moves: dict[str, str]) -> None:
    """Move links to the records that remain, and drop what was merged away; most merges are followed already."""
    is_known = select(RemoteRecord.remote_id).where(
        RemoteRecord.integration_id == integration.id, RemoteRecord.kind == CONTACT, RemoteRecord.remote_id.in_(moves)
    )
    is_linked = select(RemoteLink.remote_id).where(
        RemoteLink.integration_id == integration.id, RemoteLink.remote_id.in_(moves)
    )
    known = {str(one) for one in db.session.scalars(is_known.union(is_linked))}
    if known:
        left = {old: _survivor(old, moves) for old in known}
        move_links(integration, left)
        drop_records(integration.id, CONTACT, known)
        let_wait(integration.id, sorted(set(left.values())))


def _survivor(old: str, moves: dict[str, str]) -> str:
    """Follow a chain of merges to its end."""
    seen = {old}
    new = moves[old]
    while new in moves and new not in seen:
        seen.add(new)
        new = moves[new]
    return new

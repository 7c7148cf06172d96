"""Put back what people at HubSpot edited between our reading of a contact and our writing to it.

HubSpot's writes know no condition, but its histories tell afterwards what a write has replaced. What was set after the
contact had been read is newer than what is written, so it goes back; friends get it with the next sync. Where HubSpot
does not answer, or the worker is killed, the write counts as not made: the next try finds in the history what it has
replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.core.errors import PermanentFailure, RetryLater
from app.integrations.hubspot.gateway import objects
from app.integrations.hubspot.gateway.async_client import AsyncHubSpotClient
from app.integrations.hubspot.gateway.objects import CONTACTS, HubSpotRecord, ValueChange
from app.integrations.hubspot.history import lost_edit
from app.integrations.hubspot.writing.planning import Decided, WriteCandidate, Writing
from app.integrations.hubspot.writing.portal import PortalView


async def put_back(hubspot: AsyncHubSpotClient, view: PortalView, part: Sequence[Sequence[Writing]]) -> None:
    """Look at contacts that were written, each with its writings, and put back what should have stayed there."""
    of_contact = {str(group[0].facts.remote_id): group for group in part}
    names = sorted({name for group in part for one in group for name in one.pushed})
    try:
        answer = await hubspot.call(objects.read_many(CONTACTS, of_contact, names, history=names))
        lost = {record.id: _lost(view, record, of_contact.get(record.id, ())) for record in answer.results}
        await _write_back(hubspot, lost)
    except (RetryLater, PermanentFailure):
        for one in (one for group in part for one in group):
            one.kept = {name: value for name, value in one.kept.items() if name not in one.pushed}
        raise


async def put_back_earlier(
    hubspot: AsyncHubSpotClient, view: PortalView, part: Iterable[tuple[Sequence[Writing], HubSpotRecord]]
) -> None:
    """Put back what a write has replaced whose worker came no further; `part` is to be compared next."""
    lost: dict[str, dict[str, str]] = {}
    for group, record in part:
        for one in group:
            for name, candidate in one.candidates.items():
                edit = lost_edit(record.history.get(name, ()), view.app_id, candidate.set_at, view.skew)
                if edit is not None and _is_written(candidate, record, name):
                    lost.setdefault(record.id, {})[name] = edit.value
                    one.conflicts.append(_conflict(view, candidate, edit))
    await _write_back(hubspot, lost)


def _is_written(candidate: WriteCandidate, record: HubSpotRecord, name: str) -> bool:
    return candidate.mapped.convert.spelled(record.history[name][0].value) == candidate.spelled


async def _write_back(hubspot: AsyncHubSpotClient, lost: Mapping[str, Mapping[str, str]]) -> None:
    if changes := {remote_id: values for remote_id, values in lost.items() if values}:
        await hubspot.call(objects.update_many(CONTACTS, changes))


def _lost(view: PortalView, record: HubSpotRecord, group: Iterable[Writing]) -> dict[str, str]:
    """Return what goes back to a contact, and note that these values win."""
    found = {}
    for one in group:
        for name in one.pushed.keys() & one.kept.keys():
            lost = _overwritten(record.history.get(name, ()), one.pushed[name], view.app_id)
            if lost is not None:
                found[name] = lost.value
                one.conflicts.append(_conflict(view, one.pushed[name], lost))
    return found


def _overwritten(history: Iterable[ValueChange], candidate: WriteCandidate, app_id: str) -> ValueChange | None:
    """Return what our write, the newest change, has replaced, if that came after the contact was read."""
    changes = iter(history)
    newest = next(changes, None)
    replaced = next(changes, None)
    if newest is None or replaced is None or not newest.is_by(app_id) or replaced.is_by(app_id):
        return None
    return None if replaced == candidate.before else replaced


def _conflict(view: PortalView, candidate: WriteCandidate, lost: ValueChange) -> Decided:
    at = lost.at - view.skew if lost.at else None
    return Decided(candidate.mapped.mapping_id, candidate.value, candidate.set_at, lost.value, at, "remote")

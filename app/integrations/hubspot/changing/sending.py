"""Make the calls: contacts are read where choices are added to others or taken from them, then written by hundreds."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from app.core.errors import PermanentFailure, RetryLater
from app.integrations.hubspot.gateway import objects
from app.integrations.hubspot.gateway.access import Access
from app.integrations.hubspot.gateway.async_client import AsyncHubSpotClient
from app.integrations.hubspot.gateway.batches import BatchFailure
from app.integrations.hubspot.gateway.objects import CONTACTS, MERGED_IDS, MERGED_VIDS
from app.integrations.hubspot.gateway.refused import no_answer, why_failed, why_refused

SET, ADD, REMOVE = "set", "add", "remove"
CONTACT_GONE = "hubspot.contact_gone"
# Asked for again at once: another value of the same contact was refused.
AGAIN = "hubspot.another_value_refused"


@dataclass
class OpenChange:
    """A change to be made at a contact, and why it was not made; None where it was."""

    id: int
    key: str
    name: str
    change: str
    value: str
    remote_id: str
    error: RetryLater | PermanentFailure | None = None


Group = list[OpenChange]
Part = Sequence[Group]


async def exchange(access: Access, changes: Sequence[OpenChange]) -> None:
    """Make these changes; what came of each stands in it afterwards."""
    groups: defaultdict[str, Group] = defaultdict(list)
    for one in changes:
        groups[one.remote_id].append(one)
    async with AsyncHubSpotClient(access) as hubspot:
        known: dict[str, Mapping[str, str | None]] = {}
        compared = [group for group in groups.values() if any(one.change != SET for one in group)]
        await _each(compared, lambda part: _read(hubspot, part, known))
        ready = [group for group in groups.values() if group[0].error is None]
        await _each(ready, lambda part: _write(hubspot, part, known))


def changed(present: str, change: str, value: str) -> str:
    """Return what a property holds after a change; choices keep their order."""
    if change == SET:
        return value
    chosen, given = [one for one in present.split(";") if one], [one for one in value.split(";") if one]
    if change == REMOVE:
        return ";".join(one for one in chosen if one not in given)
    return ";".join(dict.fromkeys([*chosen, *given]))


async def _read(hubspot: AsyncHubSpotClient, part: Part, known: dict[str, Mapping[str, str | None]]) -> None:
    names = sorted({one.name for group in part for one in group})
    ids = [group[0].remote_id for group in part]
    answer = await hubspot.call(objects.read_many(CONTACTS, ids, [*names, MERGED_IDS, MERGED_VIDS]))
    for record in answer.results:
        known.update(dict.fromkeys([record.id, *record.merged_ids], record.properties))
    failed = {one: failure for failure in answer.failures for one in failure.ids}
    for group in part:
        contact = group[0].remote_id
        if contact in answer.missing:
            _fail(group, PermanentFailure(CONTACT_GONE))
        elif contact not in known:
            _fail(group, why_failed(failed[contact]) if contact in failed else no_answer())


async def _write(hubspot: AsyncHubSpotClient, part: Part, known: Mapping[str, Mapping[str, str | None]]) -> None:
    wanted = {group[0].remote_id: _values(group, known.get(group[0].remote_id, {})) for group in part}
    answer = await hubspot.call(objects.update_many(CONTACTS, wanted))
    refused = {one: failure for failure in answer.failures for one in failure.ids}
    silent = objects.unanswered(answer, wanted)
    for group in part:
        if failure := refused.get(group[0].remote_id):
            _refuse(group, failure)
        elif group[0].remote_id in silent:
            _fail(group, no_answer())


def _values(group: Group, present: Mapping[str, str | None]) -> dict[str, str]:
    """Return what is written to a contact after all its changes, the earlier ones first."""
    values: dict[str, str] = {}
    for one in sorted(group, key=lambda one: one.id):
        values[one.name] = changed(values.get(one.name, present.get(one.name) or ""), one.change, one.value)
    return values


def _refuse(group: Group, failure: BatchFailure) -> None:
    """Note why HubSpot refused a contact; changes of which it refuses nothing are made again without the others."""
    if failure.is_not_found:
        _fail(group, PermanentFailure(CONTACT_GONE))
        return
    bad = {value.name: value for value in failure.values}
    named = [one for one in group if one.name in bad]
    for one in named:
        code, values = why_refused(bad[one.name])
        one.error = PermanentFailure(code, **values)
    others = [one for one in group if one not in named]
    _fail(others, RetryLater(AGAIN) if named else why_failed(failure))


def _fail(group: Group, error: RetryLater | PermanentFailure) -> None:
    for one in group:
        one.error = error


async def _each(groups: Sequence[Group], call: Callable[[Part], Awaitable[None]]) -> None:
    """Do hundreds of contacts side by side; what stops one hundred is noted in its changes."""
    parts = [groups[at : at + objects.MOST] for at in range(0, len(groups), objects.MOST)]
    await asyncio.gather(*(_guarded(part, call) for part in parts))


async def _guarded(part: Part, call: Callable[[Part], Awaitable[None]]) -> None:
    try:
        await call(part)
    except (RetryLater, PermanentFailure) as error:
        for group in part:
            _fail(group, error)

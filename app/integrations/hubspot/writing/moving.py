"""Move a LINE user ID to the contact that a member linked by hand: HubSpot lets one contact alone have it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.errors import PermanentFailure, RetryLater
from app.integrations.hubspot.gateway import objects
from app.integrations.hubspot.gateway.async_client import AsyncHubSpotClient
from app.integrations.hubspot.gateway.objects import CONTACTS
from app.integrations.hubspot.writing.planning import Writing


async def move_user_ids(hubspot: AsyncHubSpotClient, writings: Iterable[Writing]) -> None:
    """Clear the ID at the contact that had it before, then write it to the one that HubSpot refused it for."""
    refused = [one for one in writings if _is_refused(one)]
    for name in sorted({str(one.names.user_id) for one in refused}):
        mine = [one for one in refused if one.names.user_id == name]
        for at in range(0, len(mine), objects.MOST):
            await _move(hubspot, name, mine[at : at + objects.MOST])


def _is_refused(one: Writing) -> bool:
    name = one.names.user_id
    if name is None or one.error is not None or one.is_missing or one.facts.row.found_by != "manual":
        return False
    return one.names.has_unique_user_id and one.facts.written.get(name) is None and name not in one.line


async def _move(hubspot: AsyncHubSpotClient, name: str, writings: Sequence[Writing]) -> None:
    by_id = {one.facts.line_user_id: one for one in writings}
    try:
        held = await hubspot.call(objects.read_many(CONTACTS, by_id, [name], id_property=name))
        before = {record.id: {name: ""} for record in held.results if record.properties.get(name) in by_id}
        if before:
            await hubspot.call(objects.update_many(CONTACTS, before))
        wanted = {str(one.facts.remote_id): {name: user_id} for user_id, one in by_id.items()}
        told = await hubspot.call(objects.update_many(CONTACTS, wanted))
    except (RetryLater, PermanentFailure) as error:
        for one in writings:
            one.error = error
        return
    taken = {record.id for record in told.results}
    for user_id, one in by_id.items():
        if one.facts.remote_id in taken:
            one.line[name] = one.kept[name] = user_id

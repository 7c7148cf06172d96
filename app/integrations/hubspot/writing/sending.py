"""Make the calls: contacts are read where a mapped field changed here, then written in batches of a hundred."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from app.core import error_messages
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import _l
from app.integrations.hubspot.gateway import objects
from app.integrations.hubspot.gateway.access import Access
from app.integrations.hubspot.gateway.async_client import AsyncHubSpotClient
from app.integrations.hubspot.gateway.bad_values import BadValue
from app.integrations.hubspot.gateway.batches import BatchFailure
from app.integrations.hubspot.gateway.errors import ABOUT_THE_PORTAL, PerhapsDone, ValuesRefused
from app.integrations.hubspot.gateway.objects import CONTACTS, HubSpotRecord
from app.integrations.hubspot.gateway.refused import existing_contact, no_answer, why_failed, why_refused
from app.integrations.hubspot.writing.moving import move_user_ids
from app.integrations.hubspot.writing.overwritten import put_back, put_back_earlier
from app.integrations.hubspot.writing.planning import Writing, decide
from app.integrations.hubspot.writing.portal import PortalView

T = TypeVar("T")
# How often a row is written again without what HubSpot refused of it.
ROUNDS = 3
# After so many seconds the search surely knows a contact that was perhaps made.
INDEXED_AFTER = 600.0
EMAIL = "email"
error_messages.register(
    {"hubspot.no_user_id": _l("The property LINE User ID is missing at HubSpot. Look at Sync Data.")}
)
Group = list[Writing]


async def exchange(access: Access, view: PortalView, writings: Sequence[Writing]) -> None:
    """Write what is planned; what came of it stands in the writings afterwards."""
    async with AsyncHubSpotClient(access) as hubspot:
        await _compare(hubspot, view, [one for one in writings if one.candidates])
        ready = [one for one in writings if one.values and one.error is None and not one.is_missing]
        known = [one for one in ready if not one.is_creation]
        made = [one for one in ready if one.is_creation]
        unique = [one for one in made if one.names.has_unique_user_id and one.names.user_id]
        await asyncio.gather(
            _each(_parts(_by_record(known), objects.MOST), _in_halves(lambda part: _update(hubspot, part, ROUNDS))),
            *(
                _each(_parts(of_account, objects.MOST), _in_halves(lambda part: _upsert(hubspot, part, ROUNDS)))
                for of_account in _by_name(unique)
            ),
        )
        await move_user_ids(hubspot, known)
        pushed = _by_record(one for one in known if one.pushed and one.kept)
        await _each(_parts(pushed, objects.MOST_WITH_HISTORY), lambda part: put_back(hubspot, view, part))
        for one in made:
            if one not in unique:
                await _guarded([one], lambda one=one: _search_and_make(hubspot, one, ROUNDS))  # type: ignore[misc]


async def _compare(hubspot: AsyncHubSpotClient, view: PortalView, writings: Sequence[Writing]) -> None:
    await _each(
        _parts(_by_record(writings), objects.MOST_WITH_HISTORY), lambda part: _compare_part(hubspot, view, part)
    )


async def _compare_part(hubspot: AsyncHubSpotClient, view: PortalView, part: Sequence[Group]) -> None:
    ids = [_id(group) for group in part]
    names = sorted({name for group in part for one in group for name in one.candidates})
    answer = await hubspot.call(objects.read_many(CONTACTS, ids, names, history=names))
    by_id = {record.id: record for record in answer.results}
    merged = {old: record for record in answer.results for old in record.merged_ids}
    found = [(group, by_id.get(_id(group)) or merged.get(_id(group))) for group in part]
    await put_back_earlier(hubspot, view, ((group, record) for group, record in found if record is not None))
    failed = _by_id(answer.failures)
    for group, record in found:
        for one in group:
            one.is_missing = _id(group) in answer.missing
            if record is not None:
                decide(view, one, record)
            one.candidates = {}
        if record is None and _id(group) not in answer.missing:
            failure = failed.get(_id(group))
            _fail(group, why_failed(failure) if failure else no_answer())


async def _update(hubspot: AsyncHubSpotClient, part: Sequence[Group], rounds: int) -> None:
    """Write contacts by their ids; rows of which HubSpot refused values are written again without these."""
    changes = {_id(group): merged_values(group) for group in part}
    changes = {remote_id: values for remote_id, values in changes.items() if values}
    if not changes:
        return
    answer = await hubspot.call(objects.update_many(CONTACTS, changes))
    kept = {record.id: record for record in answer.results}
    refused, silent = _by_id(answer.failures), objects.unanswered(answer, changes)
    again = []
    for group in part:
        if _id(group) not in changes:
            continue
        if failure := refused.get(_id(group)):
            if _take_refusal(group, failure) and rounds > 1:
                again.append(group)
        elif _id(group) in silent:
            _fail(group, no_answer())
        else:
            _take_answer(group, kept.get(_id(group)))
    if again:
        await _update(hubspot, again, rounds - 1)


async def _upsert(hubspot: AsyncHubSpotClient, part: Sequence[Writing], rounds: int) -> None:
    """Make contacts, or write those that have the LINE user id already."""
    name = str(part[0].names.user_id)
    changes = {one.facts.line_user_id: one.values | {name: one.facts.line_user_id} for one in part}
    answer = await hubspot.call(objects.upsert_many(CONTACTS, name, changes))
    kept = {record.properties.get(name): record for record in answer.results}
    refused = _by_id(answer.failures)
    again = []
    for one in part:
        if failure := refused.get(one.facts.line_user_id):
            if _take_refusal([one], failure) and rounds > 1:
                again.append(one)
        elif record := kept.get(one.facts.line_user_id):
            one.remote_id = record.id
            _take_answer([one], record)
        else:
            _fail([one], no_answer())
    if again:
        await _upsert(hubspot, again, rounds - 1)


async def _search_and_make(hubspot: AsyncHubSpotClient, one: Writing, rounds: int) -> None:
    """Make a contact where the LINE user id cannot be unique: look for it first."""
    if one.names.user_id is None:
        raise PermanentFailure("hubspot.no_user_id")
    where = [objects.where(one.names.user_id, "EQ", one.facts.line_user_id)]
    found = (await hubspot.call(objects.search(CONTACTS, where, [one.names.user_id], limit=1))).records
    values = one.values | {one.names.user_id: one.facts.line_user_id}
    try:
        if found:
            record = await hubspot.call(objects.update(CONTACTS, found[0].id, values))
        else:
            record = await _made_once(hubspot, values)
    except PermanentFailure as error:
        if (failure := _as_of_batch(error)) is None:
            raise
        if _take_refusal([one], failure) and rounds > 1:
            await _search_and_make(hubspot, one, rounds - 1)
        return
    one.remote_id = record.id
    _take_answer([one], record)


def _as_of_batch(error: PermanentFailure) -> BatchFailure | None:
    """Return what a single call was refused for as a batch says it; None where it is not about the record."""
    if isinstance(error, ValuesRefused):
        return BatchFailure((), "VALIDATION_ERROR", "", error.values)
    if error.code == "hubspot.conflict":
        return BatchFailure((), "CONFLICT", str(error.params.get("message", "")))
    return None


async def _made_once(hubspot: AsyncHubSpotClient, values: Mapping[str, str]) -> HubSpotRecord:
    try:
        return await hubspot.call(objects.create(CONTACTS, values))
    except PerhapsDone as error:
        raise RetryLater(error.code, after=INDEXED_AFTER, **error.params) from error


def merged_values(group: Group) -> dict[str, str]:
    """Return what is written to a contact of several friends; of a mapped field the value that was set last."""
    values: dict[str, str] = {}
    for one in group:
        values |= one.line
    pushed = [(name, candidate) for one in group for name, candidate in one.pushed.items()]
    for name, candidate in sorted(pushed, key=lambda pair: (pair[1].set_at is not None, pair[1].set_at or 0)):
        values[name] = candidate.value
    return values


def _take_answer(group: Group, record: HubSpotRecord | None) -> None:
    """Note what HubSpot keeps; a contact that was merged away answers under another id."""
    for one in group:
        one.kept_at = record.updated_at if record else None
        told = record.properties if record else {}
        one.kept = {name: told.get(name) or "" if name in told else value for name, value in one.values.items()}


def _take_refusal(group: Group, failure: BatchFailure) -> bool:
    """Note why a row was refused; returns whether the rest of it may be written again."""
    if failure.is_not_found:
        for one in group:
            one.is_missing = True
        return False
    if existing := existing_contact(failure.message):
        return _take_conflict(group, existing, failure)
    if any(value.is_about_another_field for value in failure.values):
        _fail(group, why_failed(failure))
        return False
    taken = [leave_out(one, value) for value in failure.values for one in group]
    if not any(taken):
        _fail(group, why_failed(failure))
    return any(taken) and any(one.values for one in group)


def _take_conflict(group: Group, existing: str, failure: BatchFailure) -> bool:
    """Use the contact that has the address already; of one that is known, the address alone cannot be written."""
    if group[0].is_creation:
        for one in group:
            one.remote_id = existing
        return False
    left_out = [leave_out(one, BadValue(EMAIL, failure.category, failure.message)) for one in group]
    if not any(left_out):
        _fail(group, why_failed(failure))
    return any(left_out) and any(one.values for one in group)


def leave_out(one: Writing, refused: BadValue) -> bool:
    """Take a refused value out of what is written; returns whether it was in it."""
    name = refused.name
    if name in one.pushed:
        candidate = one.pushed.pop(name)
        one.refused[candidate.mapped.mapping_id] = (*why_refused(refused), candidate.value)
        one.conflicts = [each for each in one.conflicts if each.mapping_id != candidate.mapped.mapping_id]
        return True
    if name in one.line:
        del one.line[name]
        if refused.code == "PROPERTY_DOESNT_EXIST":
            one.lost.add(name)
        return True
    return False


def _fail(writings: Iterable[Writing], error: RetryLater | PermanentFailure) -> None:
    for one in writings:
        one.error = error


def _id(group: Group) -> str:
    return str(group[0].facts.remote_id)


def _by_record(writings: Iterable[Writing]) -> list[Group]:
    """Return the writings of each contact: HubSpot refuses a batch that names one twice."""
    groups: dict[str, Group] = {}
    for one in writings:
        groups.setdefault(str(one.facts.remote_id), []).append(one)
    return list(groups.values())


def _by_name(writings: Iterable[Writing]) -> list[list[Writing]]:
    named: dict[str, list[Writing]] = {}
    for one in writings:
        named.setdefault(str(one.names.user_id), []).append(one)
    return list(named.values())


def _by_id(failures: Iterable[BatchFailure]) -> dict[str, BatchFailure]:
    return {one: failure for failure in failures for one in failure.ids}


def _parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]


async def _each(parts: Iterable[Sequence[T]], call: Callable[[Sequence[T]], Awaitable[None]]) -> None:
    """Do the parts side by side; what stops one is noted in its writings."""
    await asyncio.gather(*(_guarded(part, lambda part=part: call(part)) for part in parts))  # type: ignore[misc]


def _in_halves(call: Callable[[Sequence[T]], Awaitable[None]]) -> Callable[[Sequence[T]], Awaitable[None]]:
    """Return the call in halves where HubSpot refuses a batch as a whole, so that one row holds back no other."""

    async def halved(part: Sequence[T]) -> None:
        try:
            await call(part)
        except PermanentFailure as error:
            if error.code in ABOUT_THE_PORTAL or len(part) == 1:
                raise
            await _each(_parts(part, (len(part) + 1) // 2), halved)

    return halved


async def _guarded(part: Sequence[T], call: Callable[[], Awaitable[None]]) -> None:
    try:
        await call()
    except (RetryLater, PermanentFailure) as error:
        for item in part:
            _fail(item if isinstance(item, list) else [item], error)  # type: ignore[list-item]

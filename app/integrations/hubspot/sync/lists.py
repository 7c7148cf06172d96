"""Read HubSpot's lists: what all are called, and the members of those that something uses.

HubSpot tells neither when a record left a list nor that one came instead of another, so members are read completely
and compared. That happens when a list is new here, when its size differs from what is stored, and once an hour.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Protocol, TypeVar

from app.core.clock import now
from app.core.db import released
from app.core.error_messages import register
from app.core.errors import PermanentFailure
from app.core.i18n import _l
from app.integrations.hubspot.conditions import WORDS
from app.integrations.hubspot.gateway import lists as requests
from app.integrations.hubspot.gateway.lists import HubSpotList
from app.integrations.hubspot.gateway.requests import HubSpotRequest
from app.integrations.shared.lists import (
    ReadList,
    add_members,
    finish_members,
    forget_unused,
    note_checked,
    note_members,
    remote_id_of,
    store_lists,
    used_lists,
)
from app.integrations.shared.models import RemoteList

T = TypeVar("T")
PROPERTY = f"{WORDS.service}.list"

EVERY = timedelta(hours=1)
PROCESSING = "hubspot.list_processing"
# A slice of a run takes about so long.
SLICE_SECONDS = 3.0
# Trouble of one list, which leaves the others alone.
OF_ONE_LIST = frozenset(
    {
        "hubspot.bad_values",
        "hubspot.conflict",
        "hubspot.forbidden",
        "hubspot.not_found",
        "hubspot.refused",
        "hubspot.unreadable",
    }
)

register(
    {
        PROCESSING: _l(
            "HubSpot is still filling this list. Who is on it was added; who left it is taken off once it is complete."
        )
    }
)


class ListCaller(Protocol):
    """What makes requests of one portal, with no transaction open."""

    def call(self, request: HubSpotRequest[T]) -> T:
        """Make the request and return what its answer says; raises RetryLater or PermanentFailure."""


@dataclass(frozen=True)
class ListsPlace:
    """Where reading stands: lists still to read, of the first one the next page, and how many members were read."""

    is_named: bool = False
    waiting: tuple[int, ...] = ()
    after: str = ""
    # As HubSpot said before the first page; a list that has changed since loses no member.
    version: int = 0
    read: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Return whether all lists are read."""
        return self.is_named and not self.waiting


def read_lists(hubspot: ListCaller, integration_id: int, place: ListsPlace, run_id: int) -> Iterator[ListsPlace]:
    """Read for a few seconds; yields the place to save with each page's rows, which the caller commits.

    Raises RetryLater, and PermanentFailure for what concerns all lists.
    """
    until = monotonic() + SLICE_SECONDS
    if not place.is_named:
        place = _read_names(hubspot, integration_id)
        yield place
    while not place.is_done and monotonic() < until:
        try:
            place = _read_page(hubspot, place, run_id)
        except PermanentFailure as error:
            if error.code not in OF_ONE_LIST:
                raise
            place = _give_up(place, error.code, error.params)
        yield place


def _read_names(hubspot: ListCaller, integration_id: int) -> ListsPlace:
    found: list[HubSpotList] = []
    offset: int | None = 0
    with released():
        while offset is not None:
            page = hubspot.call(requests.search(offset=offset))
            found += page.lists
            offset = page.offset
    found += _left_out(hubspot, integration_id, {one.id for one in found})
    store_lists(integration_id, (ReadList(one.id, one.name, one.is_active, one.size) for one in found))
    used = used_lists(integration_id, PROPERTY)
    forget_unused(integration_id, used)
    wanted = [one.id for one in used if _is_due(one)]
    note_checked([one.id for one in used if one.id not in wanted])
    return ListsPlace(is_named=True, waiting=tuple(wanted), counts={"lists": len(found)})


def _left_out(hubspot: ListCaller, integration_id: int, told: Collection[str]) -> list[HubSpotList]:
    """Ask for used lists that no page has told of: one is passed over where another goes while pages are read."""
    missing = [one.remote_id for one in used_lists(integration_id, PROPERTY) if one.remote_id not in told]
    found = []
    with released():
        for remote_id in missing:
            try:
                found.append(hubspot.call(requests.read(remote_id)))
            except PermanentFailure as error:
                if error.code not in OF_ONE_LIST:
                    raise
    return found


def _is_due(one: RemoteList) -> bool:
    if one.synced_at is None or not one.is_followed or one.problem is not None:
        return True
    return one.size != one.members or one.synced_at < now() - EVERY


def _read_page(hubspot: ListCaller, place: ListsPlace, run_id: int) -> ListsPlace:
    """Read one page of members of the list that comes first."""
    list_id = place.waiting[0]
    remote_id = remote_id_of(list_id)
    with released():
        before = None if place.after else hubspot.call(requests.read(remote_id))
        page = hubspot.call(requests.members(remote_id, place.after or None))
        after = None if page.after else hubspot.call(requests.read(remote_id))
    add_members(list_id, [one.record_id for one in page.members], run_id)
    version = place.version if before is None else _complete_version(before)
    read = place.read + len(page.members)
    if page.after:
        return _at(place, after=page.after, version=version, read=read)
    is_whole = version and after is not None and _complete_version(after) == version and read >= (page.total or 0)
    if not is_whole:
        return _give_up(place, PROCESSING, {})
    finish_members(list_id, run_id)
    return _next(place)


def _complete_version(told: HubSpotList) -> int:
    """Return the list's version and one; 0 while HubSpot is still filling it, so that its members are not all there."""
    return told.version + 1 if told.is_complete else 0


def _give_up(place: ListsPlace, code: str, params: Mapping[str, object]) -> ListsPlace:
    """Leave the list's members as they are, note why on the list, and go on with the next one."""
    note_members(place.waiting[0], problem=code, problem_values=dict(params))
    return _next(place)


def _next(place: ListsPlace) -> ListsPlace:
    counts = {**place.counts, "lists_read": place.counts.get("lists_read", 0) + 1}
    return ListsPlace(is_named=True, waiting=place.waiting[1:], counts=counts)


def _at(place: ListsPlace, *, after: str, version: int, read: int) -> ListsPlace:
    return ListsPlace(True, place.waiting, after, version, read, place.counts)

"""Lists and their members. HubSpot's screens call them segments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from app.core import lenient_json
from app.integrations.hubspot.gateway import paths
from app.integrations.hubspot.gateway.objects import CONTACTS, TYPE_IDS, after_of, moment
from app.integrations.hubspot.gateway.requests import HubSpotRequest

MOST_LISTS, MOST_MEMBERS = 500, 250
ACTIVE = "DYNAMIC"


class HubSpotList(NamedTuple):
    """A list of contacts; `size` is what HubSpot counted last, None where it does not tell."""

    id: str
    name: str
    processing_type: str
    processing_status: str
    size: int | None
    version: int
    updated_at: datetime | None

    @property
    def is_active(self) -> bool:
        """Return whether filters keep the list; the others are static, and their members may be changed."""
        return self.processing_type == ACTIVE

    @property
    def is_complete(self) -> bool:
        """Return whether its members are all there; until then none may be taken for removed."""
        return self.processing_status == "COMPLETE"


class ListPage(NamedTuple):
    """A page of lists; without `offset` it is the last."""

    lists: list[HubSpotList]
    offset: int | None
    total: int


class ListMember(NamedTuple):
    """A record in a list, and since when."""

    record_id: str
    joined_at: datetime | None


class MemberPage(NamedTuple):
    """A page of members; without `after` it is the last."""

    members: list[ListMember]
    after: str | None
    total: int | None


class MembersChange(NamedTuple):
    """What a change of a static list did; `missing` are ids that lead nowhere."""

    added: list[str]
    removed: list[str]
    missing: list[str]


def search(words: str = "", offset: int = 0, *, ids: Iterable[str] = ()) -> HubSpotRequest[ListPage]:
    """Read a page of the lists of contacts, narrowed by words of their names or by ids."""
    body = {
        "query": words,
        "listIds": list(ids),
        "processingTypes": [],
        "objectTypeId": TYPE_IDS[CONTACTS],
        "count": MOST_LISTS,
        "offset": offset,
    }
    return HubSpotRequest("POST", paths.lists("search"), _read_page, body=body)


def read(list_id: str) -> HubSpotRequest[HubSpotList]:
    return HubSpotRequest("GET", paths.lists(list_id), lambda body: read_list(lenient_json.mapping(body, "list")))


def members(list_id: str, after: str | None = None) -> HubSpotRequest[MemberPage]:
    """Read a page of members in the order of their ids."""
    query = {"limit": MOST_MEMBERS, **({"after": after} if after else {})}
    return HubSpotRequest("GET", paths.lists(list_id, "memberships"), _read_members, query)


def joined(list_id: str, after: str | None = None) -> HubSpotRequest[MemberPage]:
    """Read a page of members, those who joined first at the beginning."""
    query = {"limit": MOST_MEMBERS, **({"after": after} if after else {})}
    return HubSpotRequest("GET", paths.lists(list_id, "memberships", "join-order"), _read_members, query)


def add(list_id: str, record_ids: Iterable[str]) -> HubSpotRequest[MembersChange]:
    """Add records to a static list; HubSpot refuses this for an active one."""
    return HubSpotRequest("PUT", paths.lists(list_id, "memberships", "add"), _read_change, body=list(record_ids))


def remove(list_id: str, record_ids: Iterable[str]) -> HubSpotRequest[MembersChange]:
    """Remove records from a static list."""
    return HubSpotRequest("PUT", paths.lists(list_id, "memberships", "remove"), _read_change, body=list(record_ids))


def read_list(body: Any) -> HubSpotList:
    """Read one list of an answer."""
    told = lenient_json.text(lenient_json.mapping(body, "additionalProperties"), "hs_list_size") or ""
    counted = int(told) if told.isascii() and told.isdecimal() else None
    size = lenient_json.number(body, "size")
    return HubSpotList(
        id=lenient_json.text(body, "listId") or "",
        name=lenient_json.text(body, "name") or "",
        processing_type=lenient_json.text(body, "processingType") or "",
        processing_status=lenient_json.text(body, "processingStatus") or "",
        size=counted if size is None else size,
        version=lenient_json.number(body, "listVersion") or 0,
        updated_at=moment(lenient_json.text(body, "updatedAt")),
    )


def _read_page(body: Any) -> ListPage:
    lists = [read_list(one) for one in lenient_json.items(body, "lists")]
    next_offset = lenient_json.number(body, "offset") if lenient_json.flag(body, "hasMore") else None
    return ListPage(lists, next_offset, lenient_json.number(body, "total") or len(lists))


def _read_members(body: Any) -> MemberPage:
    found = [
        ListMember(record_id, moment(lenient_json.text(one, "membershipTimestamp")))
        for one in lenient_json.items(body, "results")
        if (record_id := lenient_json.text(one, "recordId"))
    ]
    return MemberPage(found, after_of(body), lenient_json.number(body, "total"))


def _read_change(body: Any) -> MembersChange:
    """Read what was changed; HubSpot spells the first name with an s more."""
    names = ("recordsIdsAdded", "recordIdsRemoved", "recordIdsMissing")
    added, removed, missing = ([str(one) for one in lenient_json.items(body, name)] for name in names)
    return MembersChange(added or [str(one) for one in lenient_json.items(body, "recordIdsAdded")], removed, missing)

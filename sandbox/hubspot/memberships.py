"""Members of lists: pages by record id or by time of joining, and changes of static lists."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.drawing import batch_answer, record_id, sealed, unsealed
from sandbox.hubspot.envelope import Call, answer
from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.list_routes import WRITE, list_route, wanted
from sandbox.hubspot.lists import ACTIVE, joined_key, record_key
from sandbox.hubspot.state import TYPE_IDS, TYPE_NAMES, ObjectList
from sandbox.hubspot.values import iso

MOST, MOST_RECORDS = 250, 1000


def add_routes(app: web.Application) -> None:
    """Serve memberships; the paths of records come first."""
    list_route(app, "GET", "/records/{object_type}/{record_id}/memberships", of_record)
    list_route(app, "POST", "/records/memberships/batch/read", of_records)
    list_route(app, "GET", "/{list_id}/memberships", by_record)
    list_route(app, "GET", "/{list_id}/memberships/join-order", by_join)
    list_route(app, "PUT", "/{list_id}/memberships/add", add, WRITE)
    list_route(app, "PUT", "/{list_id}/memberships/remove", remove, WRITE)
    list_route(app, "PUT", "/{list_id}/memberships/add-and-remove", add_and_remove, WRITE)
    list_route(app, "PUT", "/{list_id}/memberships/add-from/{source_id}", add_from, WRITE)
    list_route(app, "DELETE", "/{list_id}/memberships", remove_all, WRITE)


async def by_record(call: Call) -> web.Response:
    return await _page(call, joins=False)


async def by_join(call: Call) -> web.Response:
    """Return members, those who joined first at the beginning."""
    return await _page(call, joins=True)


async def _page(call: Call, *, joins: bool) -> web.Response:
    """Return a page; of `after` and `before`, `after` wins."""
    found, limit = wanted(call), call.limit(100, MOST)
    lists, query = call.hubspot.lists, call.query
    await lists.settle(call.portal, found)
    after = unsealed(query["after"]) if query.get("after") else None
    before = unsealed(query["before"]) if query.get("before") else None
    rows, more, earlier, total = lists.page(call.portal, found, limit, by_join=joins, after=after, before=before)
    key = joined_key if joins else record_key
    paging: dict[str, Any] = {}
    if rows and more:
        paging["next"] = {"after": sealed(key(rows[-1]))}
    if rows and earlier:
        paging["prev"] = {"before": sealed(key(rows[0]))}
    body: dict[str, Any] = {
        "results": [{"recordId": str(number), "membershipTimestamp": iso(at)} for number, at in rows],
        "total": total,
    }
    return answer(body | ({"paging": paging} if paging else {}))


def _static(call: Call) -> ObjectList:
    found = wanted(call)
    if found.processing == ACTIVE:
        words = f"List {found.id} has processing type DYNAMIC; its members cannot be set by hand."
        raise HubSpotError(400, words, "VALIDATION_ERROR", subCategory="ListError.INVALID_PROCESSING_TYPE")
    return found


def _ids(data: Any) -> list[str]:
    if not isinstance(data, list) or not all(isinstance(entry, str | int) for entry in data):
        raise errors.invalid(errors.NOT_JSON.format(why="an array of record ids was expected"))
    return [str(entry) for entry in data]


def _change(call: Call, to_add: list[str], to_remove: list[str]) -> web.Response:
    found, lists = _static(call), call.hubspot.lists
    call.inputs = len(to_add) + len(to_remove)
    there, missing = lists.known(call.portal, found, to_add)
    added, removed = lists.join(call.portal, found, there), lists.leave(call.portal, found, to_remove)
    # HubSpot spells the first name with an s more.
    return answer({"recordsIdsAdded": added, "recordIdsRemoved": removed, "recordIdsMissing": missing})


async def add(call: Call) -> web.Response:
    return _change(call, _ids(call.any_json()), [])


async def remove(call: Call) -> web.Response:
    return _change(call, [], _ids(call.any_json()))


async def add_and_remove(call: Call) -> web.Response:
    body = call.json(("recordIdsToAdd", "recordIdsToRemove"))
    return _change(call, _ids(body.get("recordIdsToAdd") or []), _ids(body.get("recordIdsToRemove") or []))


async def add_from(call: Call) -> web.Response:
    """Add the members of another list."""
    found, source = _static(call), call.portal.lists.get(call.parameter("source_id"))
    if source is None or source.deleted_at is not None or source.object_type != found.object_type:
        raise errors.not_found("The source list does not exist.")
    await call.hubspot.lists.settle(call.portal, source)
    call.hubspot.lists.join(call.portal, found, list(source.members))
    return answer(status=204)


async def remove_all(call: Call) -> web.Response:
    found = _static(call)
    call.hubspot.lists.leave(call.portal, found, list(found.members))
    return answer(status=204)


def _memberships(call: Call, object_type: str, number: int) -> list[dict[str, Any]]:
    rows = []
    for found in call.hubspot.lists.live(call.portal):
        at = call.hubspot.lists.members(call.portal, found).get(str(number))
        if at is not None and found.object_type == object_type:
            moment = {"firstAddedTimestamp": iso(at), "lastAddedTimestamp": iso(at)}
            rows.append({"listId": found.id, "listVersion": found.version, "isPublicList": False, **moment})
    return rows


async def of_record(call: Call) -> web.Response:
    """Return the lists that a record is in."""
    await call.hubspot.lists.settle_all(call.portal)
    rows = _memberships(call, call.object_type(), record_id(call.parameter("record_id")))
    return answer({"results": rows, "total": len(rows)})


async def of_records(call: Call) -> web.Response:
    await call.hubspot.lists.settle_all(call.portal)
    results = []
    for entry in call.batch(MOST_RECORDS):
        type_id, number = str(entry.get("objectTypeId")), str(entry.get("recordId"))
        if type_id not in TYPE_IDS.values():
            raise errors.invalid(f"Unable to infer object type from: {type_id}")
        rows = _memberships(call, TYPE_NAMES[type_id], record_id(number))
        results.append({"objectTypeId": type_id, "recordId": number, "recordListMemberships": rows})
    return answer(batch_answer(results, [], call.hubspot.clock.now()))

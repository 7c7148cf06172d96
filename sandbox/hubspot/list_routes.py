"""Lists themselves: make, find, rename, filter, delete, restore."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.branches import parsed_branch
from sandbox.hubspot.envelope import DATED, Call, Handler, Rules, answer, api_route
from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.lists import ACTIVE, SNAPSHOT, STATIC
from sandbox.hubspot.state import TYPE_IDS, TYPE_NAMES, ObjectList
from sandbox.hubspot.values import iso

ROOTS = (f"/crm/lists/{DATED}", "/crm/v3/lists")
READ = Rules(("crm.lists.read",))
# Whatever changes a list asks for both scopes.
WRITE = Rules(("crm.lists.read", "crm.lists.write"), all_scopes=True)
SEARCH_FIELDS = (
    "query",
    "listIds",
    "processingTypes",
    "objectTypeId",
    "additionalProperties",
    "count",
    "offset",
    "sort",
)
CREATE_FIELDS = (
    "name", "objectTypeId", "processingType", "filterBranch", "customProperties", "listFolderId", "listPermissions",
    "membershipSettings",
)  # fmt: skip
MOST = 500


def list_route(app: web.Application, method: str, tail: str, handler: Handler, rules: Rules = READ) -> None:
    api_route(app, method, [f"{root}{tail}" for root in ROOTS], handler, rules)


def add_routes(app: web.Application) -> None:
    """Serve lists."""
    list_route(app, "POST", "/search", search)
    list_route(app, "POST", "", create, WRITE)
    list_route(app, "GET", "", several)
    list_route(app, "GET", "/object-type-id/{object_type}/name/{name}", by_name)
    list_route(app, "GET", "/{list_id}", read)
    list_route(app, "DELETE", "/{list_id}", delete, WRITE)
    list_route(app, "PUT", "/{list_id}/restore", restore, WRITE)
    list_route(app, "PUT", "/{list_id}/update-list-name", rename, WRITE)
    list_route(app, "PUT", "/{list_id}/update-list-filters", refilter, WRITE)


def no_list(list_id: str) -> HubSpotError:
    words = f"List does not exist with ID {list_id}."
    return HubSpotError(404, words, "OBJECT_NOT_FOUND", subCategory="ListError.LIST_DOES_NOT_EXIST")


def wanted(call: Call) -> ObjectList:
    """Return the list in the path; a deleted one is gone."""
    list_id = call.parameter("list_id")
    found = call.portal.lists.get(list_id)
    if found is None or found.deleted_at is not None:
        raise no_list(list_id)
    return found


def drawn_list(call: Call, found: ObjectList) -> dict[str, Any]:
    """Return a list as answers show it, without its size and filters."""
    body: dict[str, Any] = {
        "listId": found.id,
        "listVersion": found.version,
        "name": found.name,
        "objectTypeId": TYPE_IDS[found.object_type],
        "processingType": found.processing,
        "processingStatus": call.hubspot.lists.status(found),
        "createdAt": iso(found.created_at),
        "updatedAt": iso(found.updated_at),
        "createdById": "1",
        "updatedById": "1",
    }
    return body | ({"filtersUpdatedAt": iso(found.updated_at)} if found.filters else {})


async def _whole(call: Call, found: ObjectList) -> dict[str, Any]:
    await call.hubspot.lists.settle(call.portal, found)
    body = drawn_list(call, found) | {"size": len(call.hubspot.lists.members(call.portal, found))}
    wants_filters = call.query.get("includeFilters") == "true"
    return body | ({"filterBranch": found.filters} if found.filters and wants_filters else {})


async def search(call: Call) -> web.Response:
    """Return lists by words, ids and kinds; pages go by `offset` and `hasMore`."""
    body = call.json(SEARCH_FIELDS)
    count, offset = body.get("count", 20), body.get("offset", 0)
    if not isinstance(count, int) or not 1 <= count <= MOST or not isinstance(offset, int) or offset < 0:
        raise errors.invalid(f"count must be between 1 and {MOST}, offset not negative.")
    chosen = [found for found in call.hubspot.lists.live(call.portal) if _meets(found, body)]
    page = chosen[offset : offset + count]
    shown = []
    for found in page:
        await call.hubspot.lists.settle(call.portal, found)
        size = len(call.hubspot.lists.members(call.portal, found))
        shown.append(drawn_list(call, found) | {"additionalProperties": {"hs_list_size": str(size)}})
    end = offset + len(page)
    return answer({"lists": shown, "offset": end, "hasMore": end < len(chosen), "total": len(chosen)})


def _meets(found: ObjectList, body: dict[str, Any]) -> bool:
    type_id = body.get("objectTypeId")
    return (
        str(body.get("query") or "").casefold() in found.name.casefold()
        and (not body.get("listIds") or found.id in [str(number) for number in body["listIds"]])
        and (not body.get("processingTypes") or found.processing in body["processingTypes"])
        and (not type_id or TYPE_IDS[found.object_type] == type_id)
    )


async def create(call: Call) -> web.Response:
    body = call.json(CREATE_FIELDS)
    name, kind, object_type = (body.get(field) for field in ("name", "processingType", "objectTypeId"))
    for field in ("name", "objectTypeId", "processingType"):
        if not body.get(field):
            raise errors.missing_field(field)
    if object_type not in TYPE_IDS.values() or kind not in (ACTIVE, STATIC, SNAPSHOT):
        raise errors.invalid("objectTypeId must be a type id, processingType one of DYNAMIC, MANUAL, SNAPSHOT.")
    if any(found.name == name for found in call.hubspot.lists.live(call.portal)):
        raise errors.invalid(f"The list name {name} is taken.", subCategory="ListError.DUPLICATE_LIST_NAMES")
    filters = body.get("filterBranch")
    if (filters is None) != (kind == STATIC):
        raise errors.invalid("A MANUAL list has no filters, the others need some.")
    record_type = TYPE_NAMES[str(object_type)]
    if filters is not None:
        parsed_branch(filters, call.portal.properties[record_type])
    made = call.hubspot.lists.make(call.portal, str(name), record_type, str(kind), filters)
    return answer({"list": await _whole(call, made)})


async def several(call: Call) -> web.Response:
    """Return the lists named by `listIds`."""
    lists = (call.portal.lists.get(list_id) for list_id in call.query.getall("listIds", []))
    return answer({"lists": [await _whole(call, found) for found in lists if found and found.deleted_at is None]})


async def by_name(call: Call) -> web.Response:
    name, kind = call.parameter("name"), call.object_type()
    for found in call.hubspot.lists.live(call.portal):
        if found.name == name and found.object_type == kind:
            return answer({"list": await _whole(call, found)})
    raise no_list(name)


async def read(call: Call) -> web.Response:
    return answer({"list": await _whole(call, wanted(call))})


async def delete(call: Call) -> web.Response:
    """Delete a list; it can be restored."""
    wanted(call).deleted_at = call.hubspot.now_ms()
    call.hubspot.touch()
    return answer(status=204)


async def restore(call: Call) -> web.Response:
    found = call.portal.lists.get(call.parameter("list_id"))
    if found is None:
        raise no_list(call.parameter("list_id"))
    found.deleted_at = None
    call.hubspot.touch()
    return answer(status=204)


async def rename(call: Call) -> web.Response:
    found, name = wanted(call), call.query.get("listName", "")
    if not name:
        raise errors.missing_field("listName")
    found.name, found.updated_at = name, call.hubspot.now_ms()
    call.hubspot.touch()
    return answer({"updatedList": await _whole(call, found)})


async def refilter(call: Call) -> web.Response:
    found, body = wanted(call), call.json(("filterBranch",))
    if found.processing != ACTIVE:
        raise errors.invalid("Only the filters of a DYNAMIC list can be changed.")
    parsed_branch(body.get("filterBranch") or {}, call.portal.properties[found.object_type])
    call.hubspot.lists.refilter(call.portal, found, body["filterBranch"])
    return answer({"updatedList": await _whole(call, found)})

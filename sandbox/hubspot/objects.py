"""Single contacts and companies: pages, read, create, change, archive, merge, delete for good."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.crm import BadProperties, Conflict, Crm
from sandbox.hubspot.drawing import drawn, names, record_id, sealed, unsealed
from sandbox.hubspot.envelope import DATED, Call, Handler, Rules, answer, api_route
from sandbox.hubspot.state import COMPANIES, CONTACTS, TYPE_NAMES, Record

ROOTS = (f"/crm/objects/{DATED}", "/crm/v3/objects")
KINDS = {name: "|".join(key for key, value in TYPE_NAMES.items() if value == name) for name in (CONTACTS, COMPANIES)}
MOST, MOST_WITH_HISTORY = 100, 50


def object_routes(
    app: web.Application, method: str, tail: str, handler: Handler, verb: str, *, limit: str = "core"
) -> None:
    """Serve an endpoint for both types, each behind its own scope."""
    for kind, spellings in KINDS.items():
        paths = [f"{root}/{{object_type:{spellings}}}{tail}" for root in ROOTS]
        # Faults and counters know the endpoint by the plain name.
        plain = [f"{root}/{kind}{tail}" for root in ROOTS]
        rules = Rules((f"crm.objects.{kind}.{verb}",), limit=limit)
        api_route(app, method, paths, handler, rules, named=plain[0])


def add_routes(app: web.Application) -> None:
    """Serve the records of both types."""
    object_routes(app, "GET", "", listed, "read")
    object_routes(app, "POST", "", create, "write")
    object_routes(app, "POST", "/merge", merge, "write")
    object_routes(app, "POST", "/gdpr-delete", erase, "write")
    object_routes(app, "GET", "/{record_id}", read, "read")
    object_routes(app, "PATCH", "/{record_id}", update, "write")
    object_routes(app, "DELETE", "/{record_id}", archive, "write")


def crm(call: Call) -> Crm:
    return call.hubspot.crm(call.portal, call.object_type())


def fields(call: Call) -> tuple[list[str], list[str]]:
    """Return the properties to read, and those to read with their history."""
    query = call.query
    return names(query.getall("properties", [])), names(query.getall("propertiesWithHistory", []))


def is_archived(call: Call) -> bool:
    return bool(call.query.get("archived", "false") == "true")


async def listed(call: Call) -> web.Response:
    """Return a page of records in order of their ids; the last page has no `paging`."""
    wanted, histories = fields(call)
    limit = call.limit(10, MOST_WITH_HISTORY if histories else MOST)
    types = [_associated(name) for name in names(call.query.getall("associations", []))]
    records = crm(call).book.page(unsealed(call.query.get("after")), limit, archived=is_archived(call))
    shown = records[:limit]
    body: dict[str, Any] = {"results": [_whole(call, record, wanted, histories, types) for record in shown]}
    if len(records) > limit:
        body["paging"] = {"next": {"after": sealed(shown[-1].id)}}
    return answer(body)


def _associated(name: str) -> str:
    if name not in TYPE_NAMES:
        raise errors.invalid(f"Unable to infer object type from: {name}")
    return TYPE_NAMES[name]


def _whole(call: Call, record: Record, wanted: list[str], histories: list[str], types: list[str]) -> dict[str, Any]:
    body = drawn(call.portal, call.object_type(), record, wanted, histories, call.origin())
    if types:
        body |= call.hubspot.associations.beside(call.portal, call.object_type(), record, types)
    return body


def find(call: Call, given: str, id_property: str | None, *, archived: bool = False) -> Record:
    """Return a record by its id, or by a unique property; merged ids lead to the survivor."""
    book = crm(call).book
    if id_property and id_property != "hs_object_id":
        if id_property not in book.unique_names():
            raise errors.invalid(errors.NOT_UNIQUE.format(name=id_property))
        record = book.by_unique(id_property, given)
    else:
        record = book.resolve(record_id(given))
    if record is None or record.erased or (record.archived_at is not None) != archived:
        raise errors.not_found()
    return record


async def read(call: Call) -> web.Response:
    wanted, histories = fields(call)
    types = [_associated(name) for name in names(call.query.getall("associations", []))]
    archived = is_archived(call)
    record = find(call, call.parameter("record_id"), call.query.get("idProperty"), archived=archived)
    return answer(_whole(call, record, wanted, histories, types))


def properties_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return the `properties` of a body or of an input."""
    values = body.get("properties")
    if not isinstance(values, dict):
        raise errors.missing_field("properties")
    return values


async def create(call: Call) -> web.Response:
    body = call.json(("properties", "associations", "objectWriteTraceId"))
    values, wishes = properties_of(body), body.get("associations") or []
    maker = crm(call)
    try:
        record = maker.create(values, call.source)
    except BadProperties as error:
        raise errors.bad_properties(error.problems) from error
    except Conflict as error:
        raise errors.conflict(str(error)) from error
    call.hubspot.associations.wished(call.portal, call.object_type(), record, wishes, call.source)
    return answer(drawn(call.portal, call.object_type(), record, list(values), origin=call.origin()), 201)


async def update(call: Call) -> web.Response:
    values = properties_of(call.json(("properties", "objectWriteTraceId")))
    record = find(call, call.parameter("record_id"), call.query.get("idProperty"))
    try:
        crm(call).update(record, values, call.source)
    except BadProperties as error:
        raise errors.bad_properties(error.problems) from error
    except Conflict as error:
        raise errors.conflict(str(error)) from error
    return answer(drawn(call.portal, call.object_type(), record, list(values), origin=call.origin()))


async def archive(call: Call) -> web.Response:
    """Archive a record; one that is gone already is answered alike."""
    record = crm(call).book.resolve(record_id(call.parameter("record_id")))
    if record is not None and record.is_live:
        crm(call).archive(record, call.source)
    return answer(status=204)


async def merge(call: Call) -> web.Response:
    """Merge `objectIdToMerge` into `primaryObjectId`."""
    body = call.json(("primaryObjectId", "objectIdToMerge"))
    primary, other = (find(call, str(body.get(name, "")), None) for name in ("primaryObjectId", "objectIdToMerge"))
    if primary.id == other.id:
        raise errors.invalid("A record cannot be merged with itself.")
    crm(call).merge(primary, other, call.source)
    return answer(drawn(call.portal, call.object_type(), primary, [], origin=call.origin()))


async def erase(call: Call) -> web.Response:
    """Delete for good, by id or by a unique property; also what is archived."""
    body = call.json(("objectId", "idProperty"))
    book, given, name = crm(call).book, str(body.get("objectId", "")), body.get("idProperty")
    record = book.by_unique(name, given) if name in book.unique_names() else book.resolve(record_id(given))
    if record is None:
        raise errors.not_found()
    crm(call).erase(record, call.source)
    return answer(status=204)

"""Associations over the wire: one record's, and batches that do not count for the ten seconds."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.associations import OTHER, PLAIN, PRIMARY, described, inverse
from sandbox.hubspot.batches import missing
from sandbox.hubspot.drawing import batch_answer, record_id, sealed, unsealed
from sandbox.hubspot.envelope import DATED, Call, Handler, Rules, answer, api_route
from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.state import CONTACTS, TYPE_IDS, TYPE_NAMES

ONE = (f"/crm/objects/{DATED}/{{from}}/{{id}}/associations", "/crm/v4/objects/{from}/{id}/associations")
MANY = (f"/crm/associations/{DATED}/{{from}}/{{to}}", "/crm/v4/associations/{from}/{to}")
MOST_READ, MOST_WRITTEN, MOST_ARCHIVED, MOST_SHOWN = 1000, 2000, 100, 500
READ = ("crm.objects.contacts.read", "crm.objects.companies.read")
WRITE = ("crm.objects.contacts.write", "crm.objects.companies.write")
Pair = tuple[int, int]


def add_routes(app: web.Application) -> None:
    """Serve associations between contacts and companies."""
    _one(app, "GET", "/{to}", of_one, READ)
    _one(app, "PUT", "/default/{to}/{to_id}", put_default, WRITE)
    _one(app, "PUT", "/{to}/{to_id}", put, WRITE)
    _one(app, "DELETE", "/{to}/{to_id}", remove, WRITE)
    _many(app, "POST", "/batch/read", batch_read, READ)
    _many(app, "POST", "/batch/create", batch_create, WRITE)
    _many(app, "POST", "/batch/associate/default", batch_default, WRITE)
    _many(app, "POST", "/batch/archive", batch_archive, WRITE)
    _many(app, "POST", "/batch/labels/archive", batch_labels_archive, WRITE)
    _many(app, "GET", "/labels", labels, READ)
    _many(app, "POST", "/labels", create_label, WRITE)
    _many(app, "PUT", "/labels", update_label, WRITE)
    _many(app, "DELETE", "/labels/{type_id}", delete_label, WRITE)


def _one(app: web.Application, method: str, tail: str, handler: Handler, scopes: tuple[str, ...]) -> None:
    api_route(app, method, [f"{root}{tail}" for root in ONE], handler, Rules(scopes, all_scopes=True))


def _many(app: web.Application, method: str, tail: str, handler: Handler, scopes: tuple[str, ...]) -> None:
    rules = Rules(scopes, all_scopes=True, limit="none")
    api_route(app, method, [f"{root}{tail}" for root in MANY], handler, rules)


def _from(call: Call) -> str:
    """Return the type that the call starts from; only contacts and companies are associated here."""
    kinds = [TYPE_NAMES.get(call.parameter(name)) for name in ("from", "to")]
    if kinds[0] is None or kinds[1] != OTHER[kinds[0]]:
        raise errors.invalid(f"Unable to infer object type from: {call.parameter('to')}")
    return kinds[0]


def _pair(call: Call, one: int, other: int) -> Pair:
    """Return contact and company of two ids."""
    return (one, other) if _from(call) == CONTACTS else (other, one)


def _must_exist(call: Call, one: int, other: int) -> None:
    kind = _from(call)
    for object_type, number in ((kind, one), (OTHER[kind], other)):
        record = call.hubspot.book(call.portal, object_type).get(number)
        if record is None or not record.is_live:
            raise errors.not_found(f"{object_type} {number} does not exist")


def _types(call: Call, specs: Any) -> list[int]:
    """Return association types as the contact's side calls them."""
    known = {PRIMARY, PLAIN, *(label["typeId"] for label in call.portal.labels)}
    types = []
    for spec in specs or []:
        given = int(spec.get("associationTypeId", 0))
        type_id = given if _from(call) == CONTACTS else inverse(call.portal, given)
        if type_id not in known or spec.get("associationCategory") != _category(type_id):
            raise errors.invalid(f"Association type {given} does not exist between these types.")
        types.append(type_id)
    return types


def _category(type_id: int) -> str:
    return "HUBSPOT_DEFINED" if type_id in (PRIMARY, PLAIN) else "USER_DEFINED"


def _own(call: Call, type_id: int) -> int:
    return type_id if _from(call) == CONTACTS else inverse(call.portal, type_id)


def _rows(call: Call, number: int) -> list[dict[str, Any]]:
    found = call.hubspot.associations.of(call.portal, _from(call), number)
    return [
        {"toObjectId": str(other), "associationTypes": [described(call.portal, type_id) for type_id in types]}
        for other, types in found
    ]


async def of_one(call: Call) -> web.Response:
    number, limit = record_id(call.parameter("id")), call.limit(MOST_SHOWN, MOST_SHOWN)
    kind = _from(call)
    if call.hubspot.book(call.portal, kind).get(number) is None:
        raise errors.not_found()
    return answer(_paged(_rows(call, number), unsealed(call.query.get("after")), limit))


def _paged(rows: list[dict[str, Any]], after: int, limit: int) -> dict[str, Any]:
    rows = [row for row in rows if int(row["toObjectId"]) > after]
    body: dict[str, Any] = {"results": rows[:limit]}
    if len(rows) > limit:
        body["paging"] = {"next": {"after": sealed(int(rows[limit - 1]["toObjectId"]))}}
    return body


def _ends(call: Call) -> Pair:
    return record_id(call.parameter("id")), record_id(call.parameter("to_id"))


def _default_row(call: Call, one: int, other: int, type_id: int) -> dict[str, Any]:
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
    return {"from": {"id": str(one)}, "to": {"id": str(other)}, "associationSpec": spec}


def _associate_default(call: Call, one: int, other: int) -> list[dict[str, Any]]:
    """Associate plainly, and answer both directions."""
    _must_exist(call, one, other)
    call.hubspot.associations.add(call.portal, *_pair(call, one, other), [], call.source)
    mine = _own(call, PLAIN)
    return [_default_row(call, one, other, mine), _default_row(call, other, one, inverse(call.portal, mine))]


async def put_default(call: Call) -> web.Response:
    return answer(batch_answer(_associate_default(call, *_ends(call)), [], call.hubspot.clock.now()))


def _associate(call: Call, one: int, other: int, specs: Any) -> dict[str, Any]:
    _must_exist(call, one, other)
    types = call.hubspot.associations.add(call.portal, *_pair(call, one, other), _types(call, specs), call.source)
    kind = _from(call)
    words = (described(call.portal, _own(call, type_id)).get("label") for type_id in types)
    return {
        "fromObjectTypeId": TYPE_IDS[kind],
        "fromObjectId": str(one),
        "toObjectTypeId": TYPE_IDS[OTHER[kind]],
        "toObjectId": str(other),
        "labels": [word for word in words if word],
    }


async def put(call: Call) -> web.Response:
    return answer(_associate(call, *_ends(call), call.any_json()), 201)


async def remove(call: Call) -> web.Response:
    call.hubspot.associations.remove(call.portal, *_pair(call, *_ends(call)), call.source)
    return answer(status=204)


def _id(end: Any) -> int:
    return record_id(str(end.get("id", ""))) if isinstance(end, dict) else -1


def _answered(call: Call, results: list[Any], problems: list[dict[str, Any]], status: int) -> web.Response:
    body = batch_answer(results, problems, call.hubspot.clock.now())
    return answer(body, 207 if problems else status)


async def batch_read(call: Call) -> web.Response:
    """Return the associations of many records; those without any are named as missing."""
    results, none = [], []
    for entry in call.batch(MOST_READ):
        number = _id(entry)
        rows = _rows(call, number)
        if not rows:
            none.append(str(entry.get("id")))
            continue
        page = _paged(rows, unsealed(entry.get("after")), MOST_SHOWN)
        row: dict[str, Any] = {"from": {"id": str(number)}, "to": page["results"]}
        results.append(row | ({"paging": page["paging"]} if "paging" in page else {}))
    problem = missing(none) | {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}
    return _answered(call, results, [problem] if none else [], 200)


async def batch_create(call: Call) -> web.Response:
    results, problems = [], []
    for entry in call.batch(MOST_WRITTEN):
        try:
            results.append(_associate(call, _id(entry.get("from")), _id(entry.get("to")), entry.get("types")))
        except HubSpotError as error:
            problems.append({"errors": [], "links": {}, "context": {}, **error.body})
    return _answered(call, results, problems, 201)


async def batch_default(call: Call) -> web.Response:
    results, problems = [], []
    for entry in call.batch(MOST_WRITTEN):
        try:
            results += _associate_default(call, _id(entry.get("from")), _id(entry.get("to")))
        except HubSpotError as error:
            problems.append({"errors": [], "links": {}, "context": {}, **error.body})
    return _answered(call, results, problems, 200)


async def batch_archive(call: Call) -> web.Response:
    for entry in call.batch(MOST_ARCHIVED):
        for other in entry.get("to") or []:
            pair = _pair(call, _id(entry.get("from")), _id(other))
            call.hubspot.associations.remove(call.portal, *pair, call.source)
    return answer(status=204)


async def batch_labels_archive(call: Call) -> web.Response:
    """Take labels away from associations; the associations stay."""
    for entry in call.batch(MOST_ARCHIVED):
        pair = _pair(call, _id(entry.get("from")), _id(entry.get("to")))
        types = [type_id for type_id in _types(call, entry.get("types")) if type_id != PLAIN]
        call.hubspot.associations.remove(call.portal, *pair, call.source, types)
    return answer(status=204)


async def labels(call: Call) -> web.Response:
    types = [PRIMARY, PLAIN, *(label["typeId"] for label in call.portal.labels)]
    return answer({"results": [described(call.portal, _own(call, type_id)) for type_id in types]})


async def create_label(call: Call) -> web.Response:
    """Make a label; a pair of words makes one type for each direction."""
    body = call.json(("name", "label", "inverseLabel"))
    for field in ("name", "label"):
        if not body.get(field):
            raise errors.missing_field(field)
    words, back = str(body["label"]), body.get("inverseLabel")
    first, second = call.portal.next_id() * 2 + 1000, call.portal.next_id() * 2 + 1001
    if _from(call) == CONTACTS:
        made = {"typeId": first, "inverseTypeId": second, "label": words, "inverseLabel": back}
    else:
        made = {"typeId": second, "inverseTypeId": first, "label": back or words, "inverseLabel": words}
    call.portal.labels.append(made | {"name": body["name"]})
    call.hubspot.touch()
    return answer({"results": [described(call.portal, first), described(call.portal, second)]})


def _label(call: Call, type_id: int) -> dict[str, Any]:
    for label in call.portal.labels:
        if type_id in (label["typeId"], label["inverseTypeId"]):
            return label
    raise errors.not_found("There is no such label.")


async def update_label(call: Call) -> web.Response:
    body = call.json(("associationTypeId", "label", "inverseLabel"))
    label = _label(call, int(body.get("associationTypeId", 0)))
    mine = label["typeId"] == body["associationTypeId"]
    label["label" if mine else "inverseLabel"] = body.get("label")
    if body.get("inverseLabel"):
        label["inverseLabel" if mine else "label"] = body["inverseLabel"]
    call.hubspot.touch()
    return answer(status=204)


async def delete_label(call: Call) -> web.Response:
    call.portal.labels.remove(_label(call, int(call.parameter("type_id"))))
    call.hubspot.touch()
    return answer(status=204)

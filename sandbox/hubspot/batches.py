"""Batches of contacts and companies: at most a hundred, each id once, and 207 where only some inputs succeed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.crm import BadProperties, Conflict
from sandbox.hubspot.drawing import batch_answer, drawn, record_id
from sandbox.hubspot.envelope import Call, answer
from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.objects import MOST, MOST_WITH_HISTORY, crm, is_archived, object_routes, properties_of
from sandbox.hubspot.state import Record

READ_FIELDS = ("inputs", "properties", "propertiesWithHistory", "idProperty")
Written = tuple[Record, dict[str, Any]]

NO_ANSWER = "NO_ANSWER"


def add_routes(app: web.Application) -> None:
    """Serve the batches of both types."""
    object_routes(app, "POST", "/batch/read", read, "read")
    object_routes(app, "POST", "/batch/create", create, "write")
    object_routes(app, "POST", "/batch/update", update, "write")
    object_routes(app, "POST", "/batch/upsert", upsert, "write")
    object_routes(app, "POST", "/batch/archive", archive, "write")


def _each_once(inputs: list[dict[str, Any]]) -> None:
    """Refuse a batch that names an id twice, or not at all."""
    counts = Counter(str(entry.get("id", "")) for entry in inputs)
    if counts[""]:
        raise errors.missing_field("id")
    if twice := [given for given, count in counts.items() if count > 1]:
        raise errors.invalid(errors.DUPLICATE_IDS.format(ids=", ".join(twice)))


def missing(ids: list[str]) -> dict[str, Any]:
    """Return the entry of a 207 about ids that lead nowhere."""
    words = "Could not get some objects, they may be deleted or not exist. Check that ids are valid."
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": words,
        "errors": [],
        "context": {"ids": ids},
        "links": {},
    }


def unique_property(call: Call, name: str | None) -> str:
    """Return the property that ids are values of; a record's own id is none."""
    if not name or name not in crm(call).book.unique_names():
        raise errors.invalid(errors.NOT_UNIQUE.format(name=name))
    return name


def _found(call: Call, given: str, id_property: str | None, *, archived: bool = False) -> Record | None:
    book = crm(call).book
    record = book.by_unique(id_property, given) if id_property else book.resolve(record_id(given))
    return record if record is not None and (record.archived_at is not None) == archived else None


async def read(call: Call) -> web.Response:
    """Return records by ids or values of a unique property; what is missing is named beside them."""
    inputs, body = call.batch(MOST, READ_FIELDS), call.json()
    wanted, histories = list(body.get("properties") or []), list(body.get("propertiesWithHistory") or [])
    if histories and len(inputs) > MOST_WITH_HISTORY:
        raise errors.invalid(errors.TOO_MANY_INPUTS.format(count=len(inputs), most=MOST_WITH_HISTORY))
    _each_once(inputs)
    name = unique_property(call, body["idProperty"]) if body.get("idProperty") else None
    results, gone = [], []
    for entry in (one for one in inputs if not _is_passed_over(call, one)):
        record = _found(call, str(entry["id"]), name, archived=is_archived(call))
        if record is None:
            gone.append(str(entry["id"]))
        else:
            results.append(drawn(call.portal, call.object_type(), record, wanted, histories, call.origin()))
    return _answered(call, results, [missing(gone)] if gone else [], 200)


def _answered(call: Call, results: list[Any], problems: list[dict[str, Any]], status: int) -> web.Response:
    body = batch_answer(results, problems, call.hubspot.clock.now())
    return answer(body, 207 if problems else status)


def _each(
    call: Call, inputs: list[dict[str, Any]], write: Callable[[dict[str, Any]], dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Write input by input; a refusal is told apart only for inputs that carry a trace id, else it refuses all."""
    traced = all(entry.get("objectWriteTraceId") for entry in inputs)
    results, problems = [], []
    for entry in inputs:
        trace = {"objectWriteTraceId": entry["objectWriteTraceId"]} if entry.get("objectWriteTraceId") else {}
        if _is_passed_over(call, entry):
            continue
        try:
            _perhaps_fail(call, entry)
            results.append(write(entry) | trace)
        except HubSpotError as error:
            if error.body.get("category") != "OBJECT_NOT_FOUND" and not traced:
                raise
            problems.append(_told(error, entry))
    return results, problems


def _is_passed_over(call: Call, entry: dict[str, Any]) -> bool:
    return call.portal.switches.failing_inputs.get(str(entry.get("id"))) == NO_ANSWER


def _perhaps_fail(call: Call, entry: dict[str, Any]) -> None:
    category = call.portal.switches.failing_inputs.get(str(entry.get("id")))
    if category is not None:
        raise HubSpotError(400, "The record could not be written.", category)


def _told(error: HubSpotError, entry: dict[str, Any]) -> dict[str, Any]:
    context = {"ids": [str(entry["id"])]} if error.status == 404 and "id" in entry else {}
    if entry.get("objectWriteTraceId"):
        context["objectWriteTraceId"] = [entry["objectWriteTraceId"]]
    return {"errors": [], "links": {}, **error.body, "context": context}


def _written(call: Call, write: Callable[[], Record], names: list[str]) -> dict[str, Any]:
    try:
        record = write()
    except BadProperties as error:
        raise errors.bad_properties(error.problems) from error
    except Conflict as error:
        raise errors.conflict(str(error)) from error
    return drawn(call.portal, call.object_type(), record, names, origin=call.origin())


async def create(call: Call) -> web.Response:
    inputs = call.batch(MOST)
    traced = all(entry.get("objectWriteTraceId") for entry in inputs)
    if not traced:
        _rehearse(call, inputs)
    results, problems = _each(call, inputs, lambda entry: _made(call, entry))
    return _answered(call, results, problems, 201)


def _made(call: Call, entry: dict[str, Any]) -> dict[str, Any]:
    values = properties_of(entry)
    made: list[Record] = []

    def write() -> Record:
        made.append(crm(call).create(values, call.source))
        return made[0]

    body = _written(call, write, list(values))
    wishes = entry.get("associations") or []
    call.hubspot.associations.wished(call.portal, call.object_type(), made[0], wishes, call.source)
    return body


def _rehearse(call: Call, inputs: list[dict[str, Any]], upsert_by: str | None = None) -> None:
    """Refuse all inputs because of the first that would be refused, before any is written."""
    for entry in inputs:
        values = properties_of(entry)
        record = _found(call, str(entry.get("id")), upsert_by) if "id" in entry else None
        if upsert_by:
            values = {upsert_by: entry["id"]} | values
        elif "id" in entry and record is None:
            continue
        try:
            crm(call).check(values, record)
        except BadProperties as error:
            raise errors.bad_properties(error.problems) from error
        except Conflict as error:
            raise errors.conflict(str(error)) from error


async def update(call: Call) -> web.Response:
    """Change records by their ids, or by `idProperty` of each input."""
    inputs = call.batch(MOST)
    _each_once(inputs)
    for entry in inputs:
        if entry.get("idProperty"):
            unique_property(call, entry["idProperty"])
    if not all(entry.get("objectWriteTraceId") for entry in inputs):
        by_id = [entry for entry in inputs if not entry.get("idProperty")]
        _rehearse(call, by_id)
    results, problems = _each(call, inputs, lambda entry: _changed(call, entry))
    return _answered(call, results, problems, 200)


def _changed(call: Call, entry: dict[str, Any]) -> dict[str, Any]:
    values = properties_of(entry)
    record = _found(call, str(entry["id"]), entry.get("idProperty"))
    if record is None:
        raise errors.not_found()
    return _written(call, lambda: crm(call).update(record, values, call.source), list(values))


async def upsert(call: Call) -> web.Response:
    """Change records by a unique property, and make those that are missing; `new` tells which."""
    inputs = call.batch(MOST)
    _each_once(inputs)
    for entry in inputs:
        unique_property(call, entry.get("idProperty"))
    if not all(entry.get("objectWriteTraceId") for entry in inputs):
        for entry in inputs:
            _rehearse(call, [entry], entry["idProperty"])
    results, problems = _each(call, inputs, lambda entry: _put(call, entry))
    return _answered(call, results, problems, 200)


def _put(call: Call, entry: dict[str, Any]) -> dict[str, Any]:
    name, given, values = entry["idProperty"], str(entry["id"]), properties_of(entry)
    record = _found(call, given, name)
    if record is None:
        whole = {name: given} | values
        return _written(call, lambda: crm(call).create(whole, call.source), list(whole)) | {"new": True}
    kept = record
    return _written(call, lambda: crm(call).update(kept, values, call.source), [name, *values]) | {"new": False}


async def archive(call: Call) -> web.Response:
    """Archive records; ids that lead nowhere are passed over."""
    inputs = call.batch(MOST)
    _each_once(inputs)
    for entry in inputs:
        record = _found(call, str(entry["id"]), None)
        if record is not None:
            crm(call).archive(record, call.source)
    return answer(status=204)

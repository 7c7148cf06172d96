"""Workflow actions of an app: their definitions, functions and revisions, as their developer registers them."""

from __future__ import annotations

import copy
from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.developer import developer_route
from sandbox.hubspot.drawing import sealed, unsealed
from sandbox.hubspot.envelope import DATED, Call, answer
from sandbox.hubspot.values import iso

ROOTS = (f"/automation/actions/{DATED}/{{app_id}}", "/automation/v4/actions/{app_id}")
FIELDS = (
    "actionUrl", "published", "objectTypes", "objectRequestOptions", "inputFields", "outputFields", "labels",
    "functions", "inputFieldDependencies", "executionRules", "archivedAt",
)  # fmt: skip
FUNCTIONS = ("PRE_ACTION_EXECUTION", "PRE_FETCH_OPTIONS", "POST_FETCH_OPTIONS", "POST_ACTION_EXECUTION")
VALUE_TYPES = ("STATIC_VALUE", "OBJECT_PROPERTY")
MOST = 100
Definition = dict[str, Any]


def add_routes(app: web.Application) -> None:
    """Serve definitions."""
    for method, tail, handler in (
        ("GET", "", listed),
        ("POST", "", create),
        ("GET", "/{definition_id}", read),
        ("PATCH", "/{definition_id}", update),
        ("DELETE", "/{definition_id}", archive),
        ("GET", "/{definition_id}/functions", functions),
        ("PUT", "/{definition_id}/functions/{kind}", put_function),
        ("GET", "/{definition_id}/functions/{kind}", read_function),
        ("DELETE", "/{definition_id}/functions/{kind}", delete_function),
        ("GET", "/{definition_id}/functions/{kind}/{function_id}", read_function),
        ("PUT", "/{definition_id}/functions/{kind}/{function_id}", put_function),
        ("DELETE", "/{definition_id}/functions/{kind}/{function_id}", delete_function),
        ("GET", "/{definition_id}/revisions", revisions),
        ("GET", "/{definition_id}/revisions/{revision_id}", revision),
        ("GET", "/{definition_id}/requires-object", requires_object),
        ("POST", "/{definition_id}/requires-object", set_requires_object),
    ):
        developer_route(app, method, [f"{root}{tail}" for root in ROOTS], handler)


def drawn(found: Definition) -> Definition:
    """Return a definition as answers show it; the sources of functions are left out."""
    named = [{key: entry[key] for key in ("functionType", "id") if key in entry} for entry in found["functions"]]
    hidden = ("revisions", "requiresObject")
    return {key: value for key, value in found.items() if key not in hidden} | {"functions": named}


def _checked(body: Definition) -> Definition:
    """Return the parts of a definition in full; what a workflow could not use is refused."""
    for name in body:
        if name not in FIELDS:
            raise errors.invalid(errors.UNKNOWN_FIELD.format(name=name))
    if "actionUrl" in body and not str(body["actionUrl"]).startswith(("https://", "http://")):
        raise errors.invalid("actionUrl must be a web address.")
    if "labels" in body and not (body["labels"].get("en") or {}).get("actionName"):
        raise errors.invalid("labels must have an actionName in en.")
    whole = copy.deepcopy(body)
    for place, field in enumerate(whole.get("inputFields") or []):
        kind = field.get("typeDefinition") or {}
        if not kind.get("name") or not kind.get("type"):
            raise errors.missing_field(f"inputFields[{place}].typeDefinition")
        if set(field.get("supportedValueTypes") or []) - set(VALUE_TYPES):
            raise errors.invalid(f"supportedValueTypes are {', '.join(VALUE_TYPES)}.")
        field.setdefault("isRequired", False)
        kind.setdefault("options", [])
    for field in whole.get("outputFields") or []:
        field["typeDefinition"].setdefault("options", [])
    for number, function in enumerate(whole.get("functions") or []):
        if function.get("functionType") not in FUNCTIONS:
            raise errors.invalid(f"Invalid functionType: {function.get('functionType')}")
        function.setdefault("id", str(number + 1))
    return whole


async def create(call: Call) -> web.Response:
    body = _checked(call.json())
    for name in ("actionUrl", "inputFields", "labels", "objectTypes", "published"):
        if name not in body:
            raise errors.missing_field(name)
    number = str(int(call.app.app_id) * 10 + len(call.app.actions) + 1)
    made = {"functions": [], "outputFields": [], **body, "id": number, "revisionId": "1"}
    made |= {"revisions": [], "requiresObject": bool(body["objectTypes"])}
    call.app.actions[number] = made
    _remember(call, made)
    return answer(drawn(made), 201)


def _remember(call: Call, found: Definition) -> None:
    """Keep what a definition is now as its newest revision."""
    moment = iso(call.hubspot.now_ms())
    entry = {"id": f"{found['id']}-{found['revisionId']}", "revisionId": found["revisionId"], "createdAt": moment}
    found["revisions"].append(entry | {"definition": copy.deepcopy(drawn(found))})
    call.hubspot.touch()


def _found(call: Call) -> Definition:
    found = call.app.actions.get(call.parameter("definition_id"))
    archived = call.query.get("archived") == "true"
    if found is None or ("archivedAt" in found) != archived:
        raise errors.not_found("The definition does not exist.")
    return found


def _page(call: Call, rows: list[Definition]) -> web.Response:
    limit, after = call.limit(MOST, MOST), unsealed(call.query.get("after"))
    body: dict[str, Any] = {"results": rows[after : after + limit]}
    if after + limit < len(rows):
        body["paging"] = {"next": {"after": sealed(after + limit)}}
    return answer(body)


async def listed(call: Call) -> web.Response:
    archived = call.query.get("archived") == "true"
    return _page(call, [drawn(found) for found in call.app.actions.values() if ("archivedAt" in found) == archived])


async def read(call: Call) -> web.Response:
    return answer(drawn(_found(call)))


async def update(call: Call) -> web.Response:
    """Change a definition; what customers' workflows run changes with it."""
    found = _found(call)
    found.update(_checked(call.json()), revisionId=str(int(found["revisionId"]) + 1))
    _remember(call, found)
    return answer(drawn(found))


async def archive(call: Call) -> web.Response:
    found = _found(call)
    found.update(published=False, archivedAt=call.hubspot.now_ms())
    call.hubspot.touch()
    return answer(status=204)


async def functions(call: Call) -> web.Response:
    return answer({"results": drawn(_found(call))["functions"]})


def _kind(call: Call) -> str:
    kind = call.parameter("kind")
    if kind not in FUNCTIONS:
        raise errors.invalid(f"Invalid functionType: {kind}")
    return kind


def _function(call: Call, found: Definition) -> Definition:
    number = call.request.match_info.get("function_id")
    for entry in found["functions"]:
        if entry["functionType"] == _kind(call) and number in (None, entry["id"]):
            return dict(entry)
    raise errors.not_found("The function does not exist.")


async def put_function(call: Call) -> web.Response:
    """Set a function's source, which is the plain text of the body."""
    found, kind = _found(call), _kind(call)
    number = call.request.match_info.get("function_id", "1")
    kept = [entry for entry in found["functions"] if (entry["functionType"], entry["id"]) != (kind, number)]
    made = {"functionType": kind, "id": number, "functionSource": call.raw.decode(errors="replace")}
    found["functions"] = [*kept, made]
    call.hubspot.touch()
    return answer({"functionType": kind, "id": number})


async def read_function(call: Call) -> web.Response:
    return answer(_function(call, _found(call)))


async def delete_function(call: Call) -> web.Response:
    found = _found(call)
    found["functions"].remove(_function(call, found))
    call.hubspot.touch()
    return answer(status=204)


async def revisions(call: Call) -> web.Response:
    return _page(call, list(reversed(_found(call)["revisions"])))


async def revision(call: Call) -> web.Response:
    for entry in _found(call)["revisions"]:
        if entry["revisionId"] == call.parameter("revision_id"):
            return answer(entry)
    raise errors.not_found("The revision does not exist.")


async def requires_object(call: Call) -> web.Response:
    return answer({"requiresObject": _found(call)["requiresObject"]})


async def set_requires_object(call: Call) -> web.Response:
    _found(call)["requiresObject"] = bool(call.json(("requiresObject",)).get("requiresObject"))
    call.hubspot.touch()
    return answer(status=204)

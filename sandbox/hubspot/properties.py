"""Definitions of properties: all at once, never in pages; unique for good or never; options as a whole."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.batches import missing
from sandbox.hubspot.catalogue import definition
from sandbox.hubspot.drawing import batch_answer
from sandbox.hubspot.envelope import DATED, Call, Handler, Rules, answer, api_route
from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.state import COMPANIES, CONTACTS, TYPE_NAMES
from sandbox.hubspot.values import iso

ROOTS = (f"/crm/properties/{DATED}", "/crm/v3/properties")
FIELDS_OF = {
    "string": ("text", "textarea", "html", "file", "phonenumber", "calculation_equation"),
    "number": ("number", "calculation_equation"),
    "date": ("date",),
    "datetime": ("date",),
    "bool": ("booleancheckbox", "calculation_equation"),
    "enumeration": ("select", "radio", "checkbox", "booleancheckbox"),
    "phone_number": ("phonenumber",),
}
NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
MOST_UNIQUE = 10
MOST = 100
CHANGEABLE = (
    "label", "groupName", "description", "options", "hidden", "formField", "displayOrder", "type", "fieldType",
    "calculationFormula", "currencyPropertyName", "numberDisplayHint", "showCurrencySymbol",
)  # fmt: skip
SETTABLE = (*CHANGEABLE, "name", "hasUniqueValue", "dataSensitivity", "externalOptions", "referencedObjectType")
READ_FIELDS = ("inputs", "archived", "dataSensitivity")


def property_routes(app: web.Application, method: str, tail: str, handler: Handler, *, writes: bool = False) -> None:
    """Serve an endpoint for both types; to read definitions, the scope of the objects is enough."""
    for kind in (CONTACTS, COMPANIES):
        spellings = "|".join(key for key, value in TYPE_NAMES.items() if value == kind)
        verb = "write" if writes else "read"
        scopes = (
            [f"crm.schemas.{kind}.{verb}"] if writes else [f"crm.schemas.{kind}.{verb}", f"crm.objects.{kind}.{verb}"]
        )
        paths = [f"{root}/{{object_type:{spellings}}}{tail}" for root in ROOTS]
        api_route(app, method, paths, handler, Rules(tuple(scopes)), named=f"{ROOTS[0]}/{kind}{tail}")


def add_routes(app: web.Application) -> None:
    """Serve definitions, one by one and in batches."""
    property_routes(app, "POST", "/batch/read", batch_read)
    property_routes(app, "POST", "/batch/create", batch_create, writes=True)
    property_routes(app, "POST", "/batch/archive", batch_archive, writes=True)
    property_routes(app, "GET", "", listed)
    property_routes(app, "POST", "", create, writes=True)
    property_routes(app, "GET", "/{name}", read)
    property_routes(app, "PATCH", "/{name}", update, writes=True)
    property_routes(app, "DELETE", "/{name}", archive, writes=True)
    limits = (f"/crm/limits/{DATED}/custom-properties", "/crm/v3/limits/custom-properties")
    api_route(app, "GET", limits, custom_limits, Rules())


def definitions(call: Call) -> dict[str, dict[str, Any]]:
    return call.portal.properties[call.object_type()]


def _is_archived(call: Call) -> bool:
    return bool(call.query.get("archived", "false") == "true")


async def listed(call: Call) -> web.Response:
    wanted = _is_archived(call)
    return answer({"results": [entry for entry in definitions(call).values() if entry["archived"] == wanted]})


def _found(call: Call, name: str, *, archived: bool = False) -> dict[str, Any]:
    entry = definitions(call).get(name.lower())
    if entry is None or entry["archived"] != archived:
        raise errors.not_found(f"{call.object_type()} property {name} does not exist")
    return entry


async def read(call: Call) -> web.Response:
    return answer(_found(call, call.parameter("name"), archived=_is_archived(call)))


async def create(call: Call) -> web.Response:
    return answer(_make(call, call.json(SETTABLE)), 201)


def _make(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Make a property; one that was archived under this name comes back."""
    for name in ("name", "label", "groupName", "type", "fieldType"):
        if not body.get(name):
            raise errors.missing_field(name)
    name, known = str(body["name"]), definitions(call)
    if (entry := known.get(name)) is not None and not entry["archived"]:
        words = f'A property named "{name}" already exists.'
        context = {"name": [name]}
        sub = "Properties.PROPERTY_WITH_NAME_EXISTS"
        raise HubSpotError(409, words, "OBJECT_ALREADY_EXISTS", subCategory=sub, context=context)
    _check_new(call, body)
    now = iso(call.hubspot.now_ms())
    base = known.get(name) or definition(name, "", body["type"], body["fieldType"], body["groupName"])
    given = {key: value for key, value in body.items() if key != "options"}
    own = {"hubspotDefined": False, "archived": False, "createdAt": now, "updatedAt": now, "createdUserId": "1"}
    open_ = {"archivable": True, "readOnlyDefinition": False, "readOnlyValue": False, "readOnlyOptions": False}
    entry = base | given | own | {"options": _options(body), "modificationMetadata": open_}
    entry.pop("archivedAt", None)
    known[name] = entry
    call.hubspot.touch()
    return entry


def _check_new(call: Call, body: dict[str, Any]) -> None:
    name, kind, field_type = str(body["name"]), body["type"], body["fieldType"]
    if not NAME.fullmatch(name) or name.startswith("hs_"):
        raise errors.invalid(f'The property name "{name}" is invalid: lower-case letters, digits and _, not hs_.')
    if field_type not in FIELDS_OF.get(kind, ()):
        raise errors.invalid(f"Field type {field_type} does not fit type {kind}.")
    if body["groupName"] not in call.portal.groups[call.object_type()]:
        raise errors.invalid(f"Property group {body['groupName']} does not exist.")
    live = [entry for entry in definitions(call).values() if not entry["archived"]]
    if body.get("hasUniqueValue"):
        if kind not in ("string", "number"):
            raise errors.invalid(f"A property of type {kind} cannot have unique values.")
        if sum(entry["hasUniqueValue"] for entry in live) >= MOST_UNIQUE:
            raise errors.invalid(f"There can be at most {MOST_UNIQUE} unique properties per object.")
    if sum(not entry["hubspotDefined"] for entry in live) >= call.portal.switches.custom_properties:
        raise errors.invalid("The limit of custom properties is reached.")
    if kind == "bool" and {option["value"] for option in _options(body)} != {"true", "false"}:
        raise errors.invalid("A property of type bool needs the options true and false.")


def _options(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the options in full; values and labels must be there and differ."""
    options = []
    for place, option in enumerate(body.get("options") or []):
        if not option.get("label") or option.get("value") in (None, ""):
            raise errors.invalid("Every option needs a label and a value.")
        options.append({"displayOrder": place, "hidden": False} | option)
    for key in ("label", "value"):
        if len({option[key] for option in options}) < len(options):
            raise errors.invalid(f"Property option {key}s must be unique.")
    return options


async def update(call: Call) -> web.Response:
    """Change a definition; `options` replaces the whole list, and the name and uniqueness stay."""
    body, entry = call.json(), _found(call, call.parameter("name"))
    for name in body:
        if name not in CHANGEABLE:
            raise errors.invalid(errors.UNKNOWN_FIELD.format(name=name))
    if entry["modificationMetadata"]["readOnlyDefinition"]:
        raise errors.invalid(f"The definition of {entry['name']} cannot be changed.")
    if "groupName" in body and body["groupName"] not in call.portal.groups[call.object_type()]:
        raise errors.invalid(f"Property group {body['groupName']} does not exist.")
    if body.get("fieldType", entry["fieldType"]) not in FIELDS_OF.get(body.get("type", entry["type"]), ()):
        raise errors.invalid("Field type and type do not fit.")
    changes = body | ({"options": _options(body)} if "options" in body else {})
    entry.update(changes, updatedAt=iso(call.hubspot.now_ms()))
    call.hubspot.touch()
    return answer(entry)


def _archive(call: Call, name: str) -> None:
    entry = _found(call, name)
    if entry["hubspotDefined"]:
        raise errors.invalid(f"{name} is a property of HubSpot's and cannot be deleted.")
    if _is_used(call, entry["name"]):
        words = f"Property {name} is in use and cannot be deleted."
        raise errors.invalid(words, subCategory="PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE")
    entry.update(archived=True, archivedAt=iso(call.hubspot.now_ms()))
    call.hubspot.touch()


def _is_used(call: Call, name: str) -> bool:
    """Whether an active list filters by a property."""
    lists = (entry for entry in call.portal.lists.values() if entry.deleted_at is None and entry.filters)
    return any(f'"property": "{name}"' in str(entry.filters).replace("'", '"') for entry in lists)


async def archive(call: Call) -> web.Response:
    _archive(call, call.parameter("name"))
    return answer(status=204)


def _answered(call: Call, results: list[Any], problems: list[dict[str, Any]], status: int) -> web.Response:
    return answer(batch_answer(results, problems, call.hubspot.clock.now()), 207 if problems else status)


async def batch_read(call: Call) -> web.Response:
    inputs, archived = call.batch(MOST, READ_FIELDS), bool(call.json().get("archived"))
    results, gone = [], []
    for entry in inputs:
        found = definitions(call).get(str(entry.get("name")))
        if found is not None and found["archived"] == archived:
            results.append(found)
        else:
            gone.append(str(entry.get("name")))
    return _answered(call, results, [missing(gone)] if gone else [], 200)


async def batch_create(call: Call) -> web.Response:
    """Make properties; what is refused stands beside what was made."""
    results, problems = [], []
    for entry in call.batch(MOST):
        try:
            results.append(_make(call, entry))
        except HubSpotError as error:
            problems.append({"errors": [], "links": {}, "context": {}, **error.body})
    return _answered(call, results, problems, 201)


async def batch_archive(call: Call) -> web.Response:
    for entry in call.batch(MOST):
        _archive(call, str(entry.get("name")))
    return answer(status=204)


async def custom_limits(call: Call) -> web.Response:
    """Return how many custom properties each type has and may have."""
    most = call.portal.switches.custom_properties
    rows: list[dict[str, Any]] = []
    for kind, type_id, one, many in (
        (CONTACTS, "0-1", "Contact", "Contacts"),
        (COMPANIES, "0-2", "Company", "Companies"),
    ):
        entries = call.portal.properties[kind].values()
        usage = sum(not entry["hubspotDefined"] and not entry["archived"] for entry in entries)
        row = {"objectTypeId": type_id, "singularLabel": one, "pluralLabel": many, "limit": most, "usage": usage}
        rows.append(row | {"percentage": usage / most})
    total = sum(row["usage"] for row in rows)
    overall = {"overallLimit": most * 2, "overallUsage": total, "overallPercentage": total / (most * 2)}
    return answer(overall | {"byObjectType": rows})

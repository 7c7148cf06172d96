"""What an app wants in its journal."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.envelope import Call, Rules, answer, api_route
from sandbox.hubspot.journal import AppJournal
from sandbox.hubspot.state import TYPE_IDS
from sandbox.hubspot.values import iso

ROOT = "/webhooks-journal/subscriptions/2026-03"
READ = Rules(("developer.webhooks_journal.subscriptions.read",), limit="journal")
WRITE = Rules(("developer.webhooks_journal.subscriptions.write",), limit="journal")
# The actions that each kind of subscription can ask for.
ACTIONS = {
    "OBJECT": ("CREATE", "UPDATE", "DELETE", "MERGE", "RESTORE", "SNAPSHOT"),
    "ASSOCIATION": ("ASSOCIATION_ADDED", "ASSOCIATION_REMOVED"),
    "LIST_MEMBERSHIP": ("ADDED_TO_LIST", "REMOVED_FROM_LIST"),
    "APP_LIFECYCLE_EVENT": ("APP_INSTALL", "APP_UNINSTALL"),
    "GDPR_PRIVACY_DELETION": ("GDPR_DELETE",),
}
FIELDS = (
    "subscriptionType", "portalId", "objectTypeId", "actions", "properties", "objectIds", "listIds",
    "associatedObjectTypeIds", "eventTypeId",
)  # fmt: skip


def add_routes(app: web.Application) -> None:
    """Serve subscriptions and their filters; the paths of filters come first."""
    api_route(app, "POST", [f"{ROOT}/filters"], create_filter, WRITE)
    api_route(app, "GET", [f"{ROOT}/filters/subscription/{{subscription_id}}"], filters_of, READ)
    api_route(app, "GET", [f"{ROOT}/filters/{{filter_id}}"], read_filter, READ)
    api_route(app, "DELETE", [f"{ROOT}/filters/{{filter_id}}"], delete_filter, WRITE)
    api_route(app, "DELETE", [f"{ROOT}/portals/{{portal_id}}"], delete_portal, WRITE)
    api_route(app, "POST", [ROOT], subscribe, WRITE)
    api_route(app, "GET", [ROOT], listed, READ)
    api_route(app, "GET", [f"{ROOT}/{{subscription_id}}"], read, READ)
    api_route(app, "DELETE", [f"{ROOT}/{{subscription_id}}"], unsubscribe, WRITE)


def _journal(call: Call) -> AppJournal:
    return call.hubspot.events.journal.of(call.bearer.app_id)


def _drawn(found: dict[str, Any]) -> dict[str, Any]:
    hidden = ("eventTypeId",)
    return {name: value for name, value in found.items() if name not in hidden and value is not None}


async def subscribe(call: Call) -> web.Response:
    """Subscribe, or change what is subscribed to for the same portal and type."""
    body = call.json(FIELDS)
    kind, portal_id = body.get("subscriptionType"), body.get("portalId")
    if kind not in ACTIONS:
        raise errors.invalid(f"Invalid subscriptionType: {kind}")
    if kind != "APP_LIFECYCLE_EVENT":
        if call.hubspot.grants.install(call.bearer.app_id, str(portal_id)) is None:
            raise errors.invalid(f"The app is not installed in portal {portal_id}.")
        if not body.get("actions") or set(body["actions"]) - set(ACTIONS[kind]):
            raise errors.invalid(f"The actions of {kind} are {', '.join(ACTIONS[kind])}.")
    type_id = body.get("objectTypeId")
    if type_id is not None and type_id not in TYPE_IDS.values():
        raise errors.invalid(f"Unable to infer object type from: {type_id}")
    return answer(_drawn(_put(call, body, str(kind))))


def _put(call: Call, body: dict[str, Any], kind: str) -> dict[str, Any]:
    journal, now = _journal(call), iso(call.hubspot.now_ms())
    key = (kind, body.get("portalId"), body.get("objectTypeId"), body.get("eventTypeId"))
    for found in journal.subscriptions.values():
        if key == (
            found["subscriptionType"],
            found.get("portalId"),
            found.get("objectTypeId"),
            found.get("eventTypeId"),
        ):
            found.update(body, updatedAt=now)
            return found
    journal.last_id += 1
    base = {"id": journal.last_id, "appId": int(call.bearer.app_id), "createdAt": now, "updatedAt": now}
    defaults = {"actions": list(ACTIONS[kind]), "objectTypeId": ""}
    journal.subscriptions[journal.last_id] = defaults | body | base
    return journal.subscriptions[journal.last_id]


async def listed(call: Call) -> web.Response:
    return answer({"results": [_drawn(found) for found in _journal(call).subscriptions.values()]})


def _found(call: Call) -> dict[str, Any]:
    found = _journal(call).subscriptions.get(_number(call.parameter("subscription_id")))
    if found is None:
        raise errors.not_found("The subscription does not exist.")
    return found


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 15 else -1


async def read(call: Call) -> web.Response:
    return answer(_drawn(_found(call)))


async def unsubscribe(call: Call) -> web.Response:
    del _journal(call).subscriptions[_found(call)["id"]]
    return answer(status=204)


async def delete_portal(call: Call) -> web.Response:
    """Remove all subscriptions of one portal."""
    journal, portal_id = _journal(call), _number(call.parameter("portal_id"))
    kept = {number: s for number, s in journal.subscriptions.items() if s.get("portalId") != portal_id}
    journal.subscriptions = kept
    return answer(status=204)


async def create_filter(call: Call) -> web.Response:
    """Narrow a subscription to records whose values meet all conditions."""
    body, journal = call.json(("subscriptionId", "filter")), _journal(call)
    if body.get("subscriptionId") not in journal.subscriptions:
        raise errors.not_found("The subscription does not exist.")
    conditions = (body.get("filter") or {}).get("conditions")
    if not conditions:
        raise errors.missing_field("filter.conditions")
    journal.last_id += 1
    entry = {"id": journal.last_id, "createdAt": call.hubspot.now_ms(), "filter": body["filter"]}
    journal.filters[journal.last_id] = entry | {"subscriptionId": body["subscriptionId"]}
    return answer({"filterId": journal.last_id})


def _drawn_filter(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("id", "createdAt", "filter")}


async def filters_of(call: Call) -> web.Response:
    number = _found(call)["id"]
    return answer([_drawn_filter(f) for f in _journal(call).filters.values() if f["subscriptionId"] == number])


def _filter(call: Call) -> dict[str, Any]:
    found = _journal(call).filters.get(_number(call.parameter("filter_id")))
    if found is None:
        raise errors.not_found("The filter does not exist.")
    return found


async def read_filter(call: Call) -> web.Response:
    return answer(_drawn_filter(_filter(call)))


async def delete_filter(call: Call) -> web.Response:
    del _journal(call).filters[_filter(call)["id"]]
    return answer(status=204)

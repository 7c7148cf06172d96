"""Webhooks of an app: one address for all portals, and what it subscribes to."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.developer import developer_route
from sandbox.hubspot.drawing import batch_answer
from sandbox.hubspot.envelope import DATED, Call, answer
from sandbox.hubspot.state import TYPE_IDS, HubSpotApp, Subscription, WebhookSettings
from sandbox.hubspot.values import iso

ROOTS = (f"/webhooks/{DATED}/{{app_id}}", "/webhooks/v3/{app_id}")
EVENTS = ("creation", "deletion", "propertyChange", "merge", "restore", "associationChange")
TYPES = {f"{kind}.{event}" for kind in ("contact", "company", "object") for event in EVENTS} | {
    "contact.privacyDeletion"
}
FIELDS = ("eventType", "propertyName", "objectTypeId", "active")
FEWEST_REQUESTS = 6


def add_routes(app: web.Application) -> None:
    """Serve settings and subscriptions."""
    for method, tail, handler in (
        ("GET", "/settings", settings),
        ("PUT", "/settings", set_settings),
        ("DELETE", "/settings", clear_settings),
        ("GET", "/subscriptions", listed),
        ("POST", "/subscriptions", subscribe),
        ("POST", "/subscriptions/batch/update", batch_update),
        ("GET", "/subscriptions/{subscription_id}", read),
        ("PATCH", "/subscriptions/{subscription_id}", update),
        ("DELETE", "/subscriptions/{subscription_id}", unsubscribe),
    ):
        developer_route(app, method, [f"{root}{tail}" for root in ROOTS], handler)


def _drawn_settings(app: HubSpotApp) -> dict[str, Any]:
    hooks = app.webhooks
    if hooks.target_url is None:
        raise errors.not_found("The app has no webhook settings.")
    throttling = {"maxConcurrentRequests": hooks.max_concurrent}
    moments = {"createdAt": iso(hooks.created_at), "updatedAt": iso(hooks.updated_at)}
    return {"targetUrl": hooks.target_url, "throttling": throttling, **moments}


async def settings(call: Call) -> web.Response:
    return answer(_drawn_settings(call.app))


async def set_settings(call: Call) -> web.Response:
    body, hooks = call.json(("targetUrl", "throttling")), call.app.webhooks
    url, most = str(body.get("targetUrl", "")), (body.get("throttling") or {}).get("maxConcurrentRequests", 10)
    if not url.startswith(("https://", "http://")):
        raise errors.invalid("targetUrl must be a web address.")
    if not isinstance(most, int) or most < FEWEST_REQUESTS:
        raise errors.invalid("maxConcurrentRequests must be above 5.")
    now = call.hubspot.now_ms()
    hooks.target_url, hooks.max_concurrent = url, most
    hooks.created_at, hooks.updated_at = hooks.created_at or now, now
    call.hubspot.touch()
    return answer(_drawn_settings(call.app))


async def clear_settings(call: Call) -> web.Response:
    call.app.webhooks = WebhookSettings()
    call.hubspot.touch()
    return answer(status=204)


def drawn_subscription(found: Subscription) -> dict[str, Any]:
    """Return a subscription as answers show it."""
    body: dict[str, Any] = {
        "id": str(found.id),
        "eventType": found.event_type,
        "active": found.active,
        "createdAt": iso(found.created_at),
        "updatedAt": iso(found.updated_at),
    }
    if found.property_name:
        body["propertyName"] = found.property_name
    if found.object_type_id:
        body["objectTypeId"] = found.object_type_id
    return body


async def listed(call: Call) -> web.Response:
    return answer({"results": [drawn_subscription(found) for found in call.app.subscriptions]})


async def subscribe(call: Call) -> web.Response:
    """Subscribe to an event; property changes are subscribed to one by one."""
    body = call.json(FIELDS)
    kind, name, type_id = body.get("eventType"), body.get("propertyName"), body.get("objectTypeId")
    if kind not in TYPES:
        raise errors.invalid(f"Invalid eventType: {kind}")
    if str(kind).endswith(".propertyChange") and not name:
        raise errors.missing_field("propertyName")
    if str(kind).startswith("object.") and type_id not in TYPE_IDS.values():
        raise errors.missing_field("objectTypeId")
    if any((s.event_type, s.property_name, s.object_type_id) == (kind, name, type_id) for s in call.app.subscriptions):
        raise errors.conflict("The subscription exists.")
    now = call.hubspot.now_ms()
    number = max((found.id for found in call.app.subscriptions), default=int(call.app.app_id) * 10) + 1
    made = Subscription(number, str(kind), bool(body.get("active")), now, now, name, type_id)
    call.app.subscriptions.append(made)
    call.hubspot.touch()
    return answer(drawn_subscription(made), 201)


def _found(call: Call, number: str) -> Subscription:
    for found in call.app.subscriptions:
        if str(found.id) == number:
            return found
    raise errors.not_found("The subscription does not exist.")


async def read(call: Call) -> web.Response:
    return answer(drawn_subscription(_found(call, call.parameter("subscription_id"))))


def _activate(call: Call, found: Subscription, active: Any) -> None:
    if isinstance(active, bool):
        found.active, found.updated_at = active, call.hubspot.now_ms()
        call.hubspot.touch()


async def update(call: Call) -> web.Response:
    found = _found(call, call.parameter("subscription_id"))
    _activate(call, found, call.json(("active",)).get("active"))
    return answer(drawn_subscription(found))


async def batch_update(call: Call) -> web.Response:
    results = []
    for entry in call.batch(100):
        found = _found(call, str(entry.get("id")))
        _activate(call, found, entry.get("active"))
        results.append(drawn_subscription(found))
    return answer(batch_answer(results, [], call.hubspot.clock.now()))


async def unsubscribe(call: Call) -> web.Response:
    call.app.subscriptions.remove(_found(call, call.parameter("subscription_id")))
    call.hubspot.touch()
    return answer(status=204)

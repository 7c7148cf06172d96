"""Portals: open, look at, change, close; apps in them: connect, expire, revoke, uninstall, take scopes away."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import APP, PORTAL, ROOT, hubspot, hubspot_app, install, portal
from sandbox.control.plumbing import Control, ControlError, control_route
from sandbox.hubspot import consent
from sandbox.hubspot.hubspot import OBJECT_TYPES
from sandbox.hubspot.state import Portal
from sandbox.records import change

SETTINGS = {"name", "tier", "account_type", "time_zone", "currency", "user_email", "switches", "population"}
INSTALL = f"{PORTAL}/installs/{{app_id}}"


def add_routes(app: web.Application) -> None:
    """Serve portals and installations."""
    control_route(app, "GET", f"{ROOT}/portals", listed)
    control_route(app, "POST", f"{ROOT}/portals", create, 201)
    control_route(app, "GET", PORTAL, show)
    control_route(app, "PATCH", PORTAL, update)
    control_route(app, "DELETE", PORTAL, close)
    control_route(app, "POST", f"{PORTAL}/authorize", authorize)
    control_route(app, "GET", INSTALL, show_install)
    control_route(app, "PATCH", INSTALL, update_install)
    control_route(app, "DELETE", INSTALL, uninstall)
    control_route(app, "POST", f"{INSTALL}/{{act:expire|revoke}}", spoil)
    control_route(app, "POST", f"{APP}/install", from_marketplace)


def describe(control: Control, found: Portal) -> dict[str, Any]:
    """Return a portal's settings, what it holds and what is installed."""
    world = hubspot(control)
    return {
        "portal_id": found.portal_id,
        **{
            name: asdict(v) if hasattr(v := getattr(found, name), "__dataclass_fields__") else v
            for name in sorted(SETTINGS)
        },
        "records": {kind: world.book(found, kind).size() for kind in OBJECT_TYPES},
        "installs": [asdict(entry) for entry in world.grants.of_portal(found.portal_id)],
    }


async def listed(control: Control) -> dict[str, Any]:
    return {"portals": [describe(control, found) for found in hubspot(control).portals.values()]}


async def show(control: Control) -> dict[str, Any]:
    return describe(control, portal(control))


async def create(control: Control) -> dict[str, Any]:
    """Open a portal; `portal_id` may be chosen, any setting may be given along."""
    world, body = hubspot(control), dict(control.body)
    portal_id = str(body.pop("portal_id", "") or 40_000_000 + control.world.next_sequence())
    if portal_id in world.portals or not portal_id.isdecimal():
        raise ControlError(409, "portal_id: must be decimal and not taken")
    made = Portal(portal_id, str(body.get("name", "Sandbox portal")))
    change(made, body, allowed=SETTINGS)
    world.add_portal(made)
    return describe(control, made)


async def update(control: Control) -> dict[str, Any]:
    found = portal(control)
    change(found, control.body, allowed=SETTINGS)
    hubspot(control).touch()
    return describe(control, found)


async def close(control: Control) -> dict[str, Any]:
    found = portal(control)
    hubspot(control).close_portal(found)
    return {"deleted": found.portal_id}


async def authorize(control: Control) -> dict[str, Any]:
    """Answer an authorize link as the portal's user would: the body holds its query; `deny` says no."""
    try:
        wish = consent.read(hubspot(control), control.body)
        if control.body.get("deny"):
            return {"location": consent.deny(wish)}
        withheld = tuple(control.body.get("withhold", ()))
        return {"location": consent.approve(hubspot(control), portal(control), wish, withheld)}
    except consent.BadRequest as error:
        raise ControlError(400, str(error)) from error
    except consent.Unavailable as error:
        raise ControlError(409, f"The portal's tier lacks: {error}") from error


async def show_install(control: Control) -> dict[str, Any]:
    return asdict(install(control))


async def update_install(control: Control) -> dict[str, Any]:
    """Change the granted `scopes`, as a change of the subscription does."""
    found = install(control)
    hubspot(control).grants.allow(found, [str(scope) for scope in control.body["scopes"]])
    return asdict(found)


async def uninstall(control: Control) -> dict[str, Any]:
    """Uninstall the app at HubSpot's screen."""
    hubspot(control).grants.remove(install(control))
    return {"uninstalled": True}


async def spoil(control: Control) -> dict[str, Any]:
    """Let the access tokens run out now, or revoke the refresh token."""
    found, grants = install(control), hubspot(control).grants
    if control.request.match_info["act"] == "expire":
        grants.expire_access(found)
    else:
        grants.revoke(found)
    return asdict(found)


async def from_marketplace(control: Control) -> dict[str, Any]:
    """Start an install of `portal_id` from the marketplace; `location` is where the browser lands."""
    found = hubspot(control).portals.get(str(control.body["portal_id"]))
    if found is None:
        raise ControlError(404, "There is no such portal.")
    try:
        return {"location": consent.from_marketplace(hubspot(control), found, hubspot_app(control))}
    except (consent.BadRequest, consent.Unavailable) as error:
        raise ControlError(409, str(error)) from error

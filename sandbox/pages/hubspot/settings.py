"""Portals, their tier, the apps in them and what an administrator can do to those."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import hubspot, portal
from sandbox.control.hubspot.portals import create
from sandbox.control.plumbing import Control, ControlError
from sandbox.hubspot import consent
from sandbox.hubspot.hubspot import OBJECT_TYPES
from sandbox.hubspot.state import HubSpotApp, Install
from sandbox.numbers import whole_number
from sandbox.pages.hubspot.common import ROOT, SETTINGS, allow_forms, back, screen
from sandbox.pages.rendering import page_route, render

TIERS = ("free", "starter", "professional", "enterprise")
REQUESTS = 30
# What may happen to calls, with the words for it.
TROUBLE = {
    "423": "Locked by another write (423)",
    "429": "Too many calls (429)",
    "477": "The portal is being moved (477)",
    "500": "Internal error (500)",
    "502": "Bad gateway (502)",
    "lost": "Done, but the connection drops",
    "reset": "Not done, the connection drops",
    "latency": "Answered after eight seconds",
}
SLOW_MS = 8000.0
NUMBERS = {"ten_second_limit": int, "search_per_second": int, "index_seconds": float, "access_token_seconds": float}
MOST = 10_000_000


def add_routes(app: web.Application) -> None:
    """Serve the list of portals and the settings of each."""
    page_route(app, "GET", ROOT, portals)
    page_route(app, "POST", ROOT, open_portal)
    page_route(app, "GET", SETTINGS, settings)
    page_route(app, "POST", SETTINGS, change)


async def portals(control: Control) -> web.Response:
    world = hubspot(control)
    rows = [
        {
            "portal": found,
            "sizes": {kind: world.book(found, kind).size() for kind in OBJECT_TYPES},
            "apps": len(world.grants.of_portal(found.portal_id)),
        }
        for found in world.portals.values()
    ]
    return render(control.request, "hubspot/index.html", rows=rows, tiers=TIERS)


async def open_portal(control: Control) -> web.Response:
    """Open an empty portal."""
    name, tier = control.body.get("name", "").strip(), control.body.get("tier", "")
    if not name or tier not in TIERS:
        raise ControlError(400, "A portal needs a name.")
    made = await create(Control(control.request, {"name": name, "tier": tier}))
    return back(f"{ROOT}/contacts/{made['portal_id']}/objects/0-1")


async def settings(control: Control) -> web.Response:
    return _page(control)


def _page(control: Control, problem: str = "", status: int = 200) -> web.Response:
    world, found = hubspot(control), portal(control)
    installs = [_described(control, install) for install in world.grants.of_portal(found.portal_id)]
    others = [app for app in world.apps.values() if world.grants.install(app.app_id, found.portal_id) is None]
    log = world.log.since(0, found.portal_id)[-REQUESTS:]
    page = screen(
        control,
        "settings",
        "settings",
        status,
        installs=installs,
        others=others,
        tiers=TIERS,
        numbers={name: getattr(found.switches, name) for name in NUMBERS},
        daily_limit=found.switches.daily_limit,
        trouble=TROUBLE,
        faults=[fault for fault in control.world.faults.rules.values() if fault.channel_id == found.portal_id],
        requests=log[::-1],
        problem=problem,
    )
    return allow_forms(page, *(address for app in others for address in app.redirect_urls[:1]))


def _described(control: Control, install: Install) -> dict[str, Any]:
    world = hubspot(control)
    app: HubSpotApp = world.apps[install.app_id]
    now = world.clock.now()
    live = [token for token in install.access_tokens if now < token.expires_at]
    return {
        "app": app,
        "scopes": sorted({*app.required_scopes, *app.optional_scopes, *install.scopes}),
        "granted": install.scopes,
        "is_refreshable": install.refresh_token is not None,
        "seconds": int(max((token.expires_at - now for token in live), default=0)),
        "subscriptions": app.subscriptions,
        "target": app.webhooks.target_url,
    }


async def change(control: Control) -> web.Response:
    """Do what one of the page's buttons says."""
    found, world = portal(control), hubspot(control)
    act, app_id = control.body.get("act", ""), control.body.get("app_id", "")
    if act == "tier" and control.body.get("tier") in TIERS:
        found.tier = control.body["tier"]
        for install in world.grants.of_portal(found.portal_id):
            lacking = consent.missing(found, tuple(install.scopes))
            world.grants.allow(install, [scope for scope in install.scopes if scope not in lacking])
    elif act == "switches":
        return _switch(control)
    elif act == "trouble":
        _make_trouble(control)
    elif act == "no-trouble":
        control.world.faults.rules.pop(control.body.get("fault", ""), None)
    elif act == "marketplace":
        return _from_marketplace(control, app_id)
    else:
        _spoil(control, act, app_id)
    world.touch()
    return back(control.request.path)


def _spoil(control: Control, act: str, app_id: str) -> None:
    world = hubspot(control)
    install = world.grants.install(app_id, portal(control).portal_id)
    if install is None:
        raise ControlError(404, "The app is not installed in this portal.")
    if act == "scopes":
        given = [name.removeprefix("scope:") for name in control.body if name.startswith("scope:")]
        world.grants.allow(install, given)
    elif act == "expire":
        world.grants.expire_access(install)
    elif act == "revoke":
        world.grants.revoke(install)
    elif act == "uninstall":
        world.grants.remove(install)
    else:
        raise ControlError(400, "There is no such button.")


def _make_trouble(control: Control) -> None:
    """Let the next calls of apps fail in one way, as often as is said."""
    kind, times = control.body.get("kind", ""), whole_number(control.body.get("times", ""))
    if kind not in TROUBLE or not times:
        raise ControlError(400, "Choose what happens, and how often.")
    wish: dict[str, Any] = {"channel_id": portal(control).portal_id, "times": times}
    if kind.isdecimal():
        wish |= {"kind": "status", "status": int(kind)}
    else:
        wish |= {"kind": kind} | ({"fixed_ms": SLOW_MS} if kind == "latency" else {})
    control.world.faults.add(wish)


def _switch(control: Control) -> web.Response:
    """Set limits and times; what is no number in range is said."""
    found, numbers = portal(control), {}
    daily = control.body.get("daily_limit", "").strip()
    if daily and whole_number(daily) is None:
        return _page(control, "daily_limit", 400)
    for name, kind in NUMBERS.items():
        try:
            numbers[name] = kind(control.body.get(name, ""))
        except ValueError:
            return _page(control, name, 400)
        if not 0 <= numbers[name] <= MOST:
            return _page(control, name, 400)
    for name, number in numbers.items():
        setattr(found.switches, name, number)
    found.switches.daily_limit = whole_number(daily)
    hubspot(control).touch()
    return back(control.request.path)


def _from_marketplace(control: Control, app_id: str) -> web.Response:
    app = hubspot(control).apps.get(app_id)
    if app is None:
        raise ControlError(404, "There is no such app.")
    try:
        return back(consent.from_marketplace(hubspot(control), portal(control), app))
    except (consent.BadRequest, consent.Unavailable) as error:
        return _page(control, str(error), 409)

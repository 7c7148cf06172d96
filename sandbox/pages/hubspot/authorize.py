"""The page on which a portal's user allows an app in."""

from __future__ import annotations

from aiohttp import web

from sandbox.control.hubspot.finding import hubspot
from sandbox.control.plumbing import Control, ControlError
from sandbox.hubspot import consent
from sandbox.hubspot.state import Portal
from sandbox.pages.hubspot.common import ROOT, allow_forms, back
from sandbox.pages.rendering import page_route, render

PATH = f"{ROOT}/oauth/authorize"


def add_routes(app: web.Application) -> None:
    """Serve the consent page."""
    page_route(app, "GET", PATH, ask)
    page_route(app, "POST", PATH, decide)


def _wish(control: Control) -> consent.Wish:
    try:
        return consent.read(hubspot(control), control.request.query)
    except consent.BadRequest as error:
        raise ControlError(400, str(error)) from error


async def ask(control: Control) -> web.Response:
    return _page(control, _wish(control))


def _page(control: Control, wish: consent.Wish, problem: str = "", status: int = 200) -> web.Response:
    portals = list(hubspot(control).portals.values())
    lacking = {found.portal_id: consent.missing(found, (*wish.scopes, *wish.optional)) for found in portals}
    page = render(
        control.request, "hubspot/authorize.html", status, wish=wish, portals=portals, lacking=lacking, problem=problem
    )
    return allow_forms(page, wish.redirect_uri)


def _withheld(control: Control, wish: consent.Wish) -> tuple[str, ...]:
    """Return the optional scopes whose tick was taken off."""
    if not control.body.get("is_choosing"):
        return ()
    return tuple(scope for scope in wish.optional if f"grant:{scope}" not in control.body)


async def decide(control: Control) -> web.Response:
    """Send the browser back to the app with a code, or with a no."""
    wish = _wish(control)
    if control.body.get("answer") != "yes":
        return back(consent.deny(wish))
    found: Portal | None = hubspot(control).portals.get(control.body.get("portal_id", ""))
    if found is None:
        raise ControlError(404, "There is no such portal.")
    try:
        return back(consent.approve(hubspot(control), found, wish, _withheld(control, wish)))
    except consent.Unavailable as error:
        return _page(control, wish, str(error), 409)

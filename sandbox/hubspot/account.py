"""The portal itself, and the app's own end in it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from sandbox.hubspot.envelope import DATED, Call, Rules, answer, api_route


def add_routes(app: web.Application) -> None:
    """Serve account details, limits of properties and the uninstall."""
    details_paths = (f"/account-info/{DATED}/details", "/account-info/v3/details")
    api_route(app, "GET", details_paths, details, Rules(("oauth",)))
    uninstall_paths = (f"/appinstalls/{DATED}/external-install", "/appinstalls/v3/external-install")
    api_route(app, "DELETE", uninstall_paths, uninstall, Rules(limit="none"))


async def details(call: Call) -> web.Response:
    portal = call.portal
    moment = datetime.fromtimestamp(call.hubspot.clock.now(), UTC).astimezone(ZoneInfo(portal.time_zone))
    offset = moment.utcoffset()
    milliseconds = int(offset.total_seconds() * 1000) if offset else 0
    minutes = abs(milliseconds) // 60_000
    sign = "-" if milliseconds < 0 else "+"
    return answer({
        "portalId": int(portal.portal_id),
        "accountType": portal.account_type,
        "timeZone": portal.time_zone,
        "companyCurrency": portal.currency,
        "additionalCurrencies": [],
        "utcOffset": f"{sign}{minutes // 60:02d}:{minutes % 60:02d}",
        "utcOffsetMilliseconds": milliseconds,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    })  # fmt: skip


async def uninstall(call: Call) -> web.Response:
    """Uninstall the calling app; its data and properties stay."""
    portal_id = call.bearer.portal_id
    install = call.hubspot.grants.install(call.bearer.app_id, portal_id) if portal_id else None
    if install is not None:
        call.hubspot.grants.remove(install)
    return answer(status=204)

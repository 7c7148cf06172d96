"""The inbox settings: what is connected, and the start of connecting a channel of an app."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import hubspot, portal
from sandbox.control.hubspot.inbox import connect_address
from sandbox.control.plumbing import Control, ControlError
from sandbox.hubspot.channels import UPDATED
from sandbox.pages.hubspot.common import INBOX_SETTINGS, allow_forms, back, screen
from sandbox.pages.rendering import page_route


def add_routes(app: web.Application) -> None:
    """Serve the settings."""
    page_route(app, "GET", INBOX_SETTINGS, show)
    page_route(app, "POST", INBOX_SETTINGS, change)


async def show(control: Control) -> web.Response:
    found, world = portal(control), hubspot(control)
    offered = world.channels.offered(found)
    page = screen(
        control,
        "inbox_settings",
        "inbox-settings",
        rooms=found.inbox.rooms,
        offered=[channel for _app, channel in offered],
        accounts=[_account(control, one) for one in found.inbox.accounts.values() if one.archived_at is None],
        has_tier=found.has_automation,
        inbox=found.inbox,
    )
    return allow_forms(page, *(channel.redirect_url for _app, channel in offered))


def _account(control: Control, account: Any) -> dict[str, Any]:
    found, world = portal(control), hubspot(control)
    channel, room = world.channels.find(found, account.channel_id), found.inbox.room(account.inbox_id)
    return {
        "id": account.id,
        "name": account.name,
        "channel": channel[1].name if channel else account.channel_id,
        "room": room.name if room else account.inbox_id,
        "authorized": account.authorized,
    }


async def change(control: Control) -> web.Response:
    """Begin to connect, rename, remove, or treat webhooks roughly."""
    found, act, body = portal(control), control.body.get("act"), control.body
    if act == "connect":
        return back(connect_address(control, body.get("channel", ""), body.get("inbox", "")))
    if act == "trouble":
        found.inbox.duplicate_rate = 0.5 if "duplicates" in body else 0.0
        found.inbox.shuffle, found.inbox.late_seconds = "late" in body, 5.0 if "late" in body else 0.0
        found.inbox.as_arrays = "arrays" in body
    else:
        _change_account(control, str(act))
    hubspot(control).touch()
    return back(control.request.path)


def _change_account(control: Control, act: str) -> None:
    account = portal(control).inbox.accounts.get(control.body.get("account", ""))
    if account is None or act not in ("rename", "remove"):
        raise ControlError(404, "There is no such channel account.")
    if act == "remove":
        hubspot(control).channels.purge(portal(control), account)
    elif name := control.body.get("name", "").strip():
        account.name = name
        hubspot(control).channels.tell_account(portal(control), account, UPDATED)

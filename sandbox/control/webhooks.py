"""Webhooks: the log of what was sent, sending anything by hand, holding back and letting go."""

from typing import Any

from aiohttp import web

from sandbox.control.friends import wait_for_webhooks
from sandbox.control.plumbing import API, Control, ControlError, control_route
from sandbox.line.wording import SendOptions, spell
from sandbox.records import change

FAILURES = ("ERROR_STATUS_CODE", "REQUEST_TIMEOUT", "COULD_NOT_CONNECT", "UNCLASSIFIED")
PATH = f"{API}/channels/{{channel_id}}/webhooks"


def add_routes(app: web.Application) -> None:
    """Serve the webhook log and the hand tools."""
    control_route(app, "GET", PATH, log)
    control_route(app, "POST", PATH, send)
    control_route(app, "POST", f"{PATH}/release", release)
    control_route(app, "POST", f"{PATH}/wait", wait)
    control_route(app, "POST", f"{PATH}/{{number}}/repeat", repeat)


async def log(control: Control) -> dict[str, Any]:
    """Return what was sent since entry `after`, newest `limit` entries, oldest first."""
    channel_id, after = control.channel().channel_id, control.number("after", 0)
    entries = [
        shipment.describe()
        for shipment in control.sender.log
        if shipment.channel_id == channel_id and shipment.number > after
    ]
    return {
        "webhooks": entries[-control.number("limit", 200) :],
        "slowest_milliseconds": max((entry["milliseconds"] for entry in entries), default=0.0),
        "over_limit": sum(not entry["within_limit"] for entry in entries),
        "failed": sum(entry["reason"] in FAILURES and not entry["test"] for entry in entries),
    }


async def send(control: Control) -> dict[str, Any]:
    """Send `events` (destination added) or a whole `body` (object, or text taken as it is) with `options`."""
    channel, body = control.channel(), control.body
    options = SendOptions()
    change(options, dict(body.get("options") or {}))
    if isinstance(body.get("body"), str):
        options.raw = body["body"]
    elif body.get("body") is not None:
        options.raw = spell(control.world, body["body"], options.style or "compact").decode()
    shipments = control.sender.send(channel, list(body.get("events") or []), options)
    if not shipments:
        raise ControlError(409, "Nothing was sent: no address, or the webhook is off or suspended.")
    await wait_for_webhooks(control, channel)
    return {"webhooks": [shipment.describe() for shipment in shipments]}


async def release(control: Control) -> dict[str, Any]:
    """Let go what `webhook.hold` held back, in `order` kept, reversed or shuffled; holding goes on."""
    channel = control.channel()
    shipments = control.sender.release(channel, str(control.body.get("order", "kept")))
    await wait_for_webhooks(control, channel)
    return {"webhooks": [shipment.describe() for shipment in shipments]}


async def wait(control: Control) -> dict[str, Any]:
    """Wait until nothing is on the way, for `wait` seconds (default 10)."""
    control.body.setdefault("wait", 10)
    return {"idle": await wait_for_webhooks(control, control.channel())}


async def repeat(control: Control) -> dict[str, Any]:
    """Send a logged request again: as a duplicate, or as a redelivery with `redelivery` true."""
    channel, number = control.channel(), control.request.match_info["number"]
    for shipment in list(control.sender.log):
        if str(shipment.number) == number and shipment.channel_id == channel.channel_id:
            again = control.sender.repeat(channel, shipment, redelivery=bool(control.body.get("redelivery")))
            await wait_for_webhooks(control, channel)
            return {"webhooks": [again.describe()]}
    raise ControlError(404, "There is no such entry in the log.")

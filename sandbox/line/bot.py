"""The bot about itself: its profile, and where its webhook goes."""

from typing import Any

from aiohttp import web

from sandbox.line.addresses import is_web_address
from sandbox.line.channels import Channel
from sandbox.line.envelope import Call, LineError, line_route
from sandbox.line.webhooks import SENDER, UNKNOWN_HOST

LONGEST_URL = 500
ENDPOINT = "/v2/bot/channel/webhook/endpoint"


def add_routes(app: web.Application) -> None:
    """Serve bot info and webhook settings."""
    line_route(app, "GET", "/v2/bot/info", info)
    line_route(app, "PUT", ENDPOINT, set_endpoint)
    line_route(app, "GET", ENDPOINT, get_endpoint)
    line_route(app, "POST", "/v2/bot/channel/webhook/test", test_endpoint)


async def info(call: Call) -> web.Response:
    return call.answer(info_body(call.channel, call.origin()))


def info_body(channel: Channel, origin: str) -> dict[str, str]:
    """Return the bot's own profile; a premium id and a picture only when it has them."""
    body = {
        "userId": channel.bot_user_id,
        "basicId": channel.basic_id,
        "displayName": channel.name,
        "chatMode": channel.chat_mode,
        "markAsReadMode": channel.mark_as_read_mode,
    }
    if channel.premium_id:
        body["premiumId"] = channel.premium_id
    if channel.has_picture:
        body["pictureUrl"] = f"{origin}/_sandbox/bots/{channel.channel_id}.svg"
    return body


async def set_endpoint(call: Call) -> web.Response:
    endpoint = call.json().get("endpoint")
    if not is_endpoint(endpoint):
        raise LineError(400, "Invalid webhook endpoint URL")
    place_endpoint(call.channel, str(endpoint), call.now)
    call.world.touch()
    return call.answer()


def place_endpoint(channel: Channel, endpoint: str | None, now: float) -> None:
    """Change the address; the old one stays in effect for as long as the channel says."""
    webhook = channel.webhook
    webhook.previous_endpoint = webhook.current_endpoint(now)
    webhook.endpoint, webhook.applies_at = endpoint, now + webhook.apply_seconds
    webhook.failures_in_row, webhook.suspended = 0, False


def is_endpoint(url: Any) -> bool:
    """Whether LINE would take it as a webhook address."""
    return is_web_address(url, LONGEST_URL)


async def get_endpoint(call: Call) -> web.Response:
    return call.answer({"endpoint": _known_endpoint(call.channel), "active": call.channel.webhook.active})


def _known_endpoint(channel: Channel) -> str:
    if channel.webhook.endpoint is None:
        raise LineError(404, "Webhook endpoint not found")
    return channel.webhook.endpoint


async def test_endpoint(call: Call) -> web.Response:
    wish = call.json().get("endpoint") if call.raw else None
    if wish is not None and not is_endpoint(wish):
        raise LineError(400, "Invalid webhook endpoint URL")
    url, timestamp = wish or _known_endpoint(call.channel), call.world.clock.iso()
    shipment = await call.request.app[SENDER].test(call.channel, url)
    if shipment.detail == UNKNOWN_HOST:
        raise LineError(400, "Invalid webhook endpoint URL")
    return call.answer(
        {
            "success": shipment.succeeded,
            "timestamp": timestamp,
            "statusCode": shipment.status or 0,
            "reason": shipment.reason,
            "detail": shipment.detail,
        }
    )

"""Channels: open, look at, change, close; secrets and tokens."""

import secrets
from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.control.plumbing import API, Control, ControlError, control_route
from sandbox.line.bot import is_endpoint, place_endpoint
from sandbox.line.channels import Channel, new_channel
from sandbox.records import change

SETTINGS = {
    "secret",
    "name",
    "basic_id",
    "premium_id",
    "provider",
    "kind",
    "has_picture",
    "chat_mode",
    "webhook",
    "population",
    "paging",
    "quota",
    "limits",
    "latency",
    "multicast_unknown",
    "rich_menu_seconds",
    "default_menu_of_other_channel",
    "coupons",
    "login_channel_id",
    "liff_apps",
}


def add_routes(app: web.Application) -> None:
    """Serve channels, their secret and their tokens."""
    control_route(app, "GET", f"{API}/channels", listed)
    control_route(app, "POST", f"{API}/channels", create, 201)
    control_route(app, "GET", f"{API}/channels/{{channel_id}}", show)
    control_route(app, "PATCH", f"{API}/channels/{{channel_id}}", update)
    control_route(app, "DELETE", f"{API}/channels/{{channel_id}}", delete)
    control_route(app, "POST", f"{API}/channels/{{channel_id}}/secret", rotate_secret)
    control_route(app, "POST", f"{API}/channels/{{channel_id}}/tokens", issue_token, 201)
    control_route(app, "DELETE", f"{API}/channels/{{channel_id}}/tokens", revoke_tokens)


def describe(channel: Channel, now: float, month: str) -> dict[str, Any]:
    """Return a channel's settings and standing, secret and tokens included: nothing here is real."""
    return {
        "channel_id": channel.channel_id,
        "bot_user_id": channel.bot_user_id,
        **{name: _plain(getattr(channel, name)) for name in sorted(SETTINGS)},
        "webhook_in_effect": channel.webhook.current_endpoint(now),
        "tokens": [asdict(token) for token in channel.tokens],
        "usage_this_month": channel.usage.get(month, 0),
        "created_friends": len(channel.created),
        "groups": len(channel.groups),
    }


def _plain(value: Any) -> Any:
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value


def _described(control: Control, channel: Channel) -> dict[str, Any]:
    clock = control.world.clock
    return describe(channel, clock.now(), clock.japan_month())


async def listed(control: Control) -> dict[str, Any]:
    return {"channels": [_described(control, channel) for channel in control.world.channels.values()]}


async def show(control: Control) -> dict[str, Any]:
    return _described(control, control.channel())


async def create(control: Control) -> dict[str, Any]:
    """Open a channel; `channel_id` and `long_lived_token` may be chosen, any setting may be given along."""
    world, body = control.world, dict(control.body)
    channel_id = str(body.pop("channel_id", "") or 2_100_000_000 + world.next_sequence())
    token = body.pop("long_lived_token", None)
    if channel_id in world.channels or not channel_id.isdecimal():
        raise ControlError(409, "channel_id: must be decimal and not taken")
    channel = new_channel(channel_id, str(body.get("name", "Sandbox account")), world.seed)
    _apply(control, channel, body)
    world.add_channel(channel)
    if token:
        world.tokens.set_long_lived(channel, world.clock.now(), str(token))
    return _described(control, channel)


async def update(control: Control) -> dict[str, Any]:
    channel = control.channel()
    _apply(control, channel, dict(control.body))
    control.world.meters.retune(channel.channel_id, channel.limits)
    control.world.touch()
    return _described(control, channel)


def _apply(control: Control, channel: Channel, body: dict[str, Any]) -> None:
    """Set what was given; the webhook's address is checked as LINE's API checks it."""
    webhook = dict(body.get("webhook") or {})
    moved = "endpoint" in webhook
    endpoint = webhook.pop("endpoint", None)
    if endpoint is not None and not is_endpoint(endpoint):
        raise ControlError(400, "webhook.endpoint: not an address LINE would take")
    if "webhook" in body:
        body["webhook"] = webhook
    change(channel, body, allowed=SETTINGS)
    if moved:
        place_endpoint(channel, endpoint, control.world.clock.now())


async def delete(control: Control) -> dict[str, Any]:
    channel_id = control.channel().channel_id
    del control.world.channels[channel_id]
    control.world.tokens.forget_seen()
    control.world.meters.forget(channel_id)
    control.world.mail.forget(channel_id)
    control.world.touch()
    return {"deleted": channel_id}


async def rotate_secret(control: Control) -> dict[str, Any]:
    """Issue a new secret; the old one is worthless at once."""
    channel = control.channel()
    channel.secret = str(control.body.get("secret") or secrets.token_hex(16))
    control.world.touch()
    return {"secret": channel.secret}


async def issue_token(control: Control) -> dict[str, Any]:
    """Issue a token as the console would: `kind` long-lived (default), short-lived or stateless."""
    world, channel = control.world, control.channel()
    kind = control.body.get("kind", "long-lived")
    if kind == "stateless":
        return {"kind": kind, "value": world.tokens.issue_stateless(channel, world.clock.now())}
    if kind == "short-lived":
        token = world.tokens.issue_short_lived(channel, world.clock.now())
    else:
        token = world.tokens.set_long_lived(channel, world.clock.now(), control.body.get("value"))
    world.touch()
    return asdict(token)


async def revoke_tokens(control: Control) -> dict[str, Any]:
    """Revoke one token (`?value=`) or every token of the channel, stateless ones too."""
    value = control.request.query.get("value")
    if value:
        control.world.tokens.revoke(value)
    else:
        control.world.tokens.revoke_all(control.channel())
    control.world.touch()
    return {"revoked": value or "all"}

"""The bytes of a webhook request: legal JSON in many spellings, and signatures right and wrong."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.line.channels import Channel
from sandbox.world import World

AGENT = "LineBotWebhook/2.0"

Signature = Literal["valid", "missing", "bad", "other"]


@dataclass
class SendOptions:
    """What is out of the ordinary about a request; the defaults are how LINE normally sends."""

    signature: Signature = "valid"
    header: str = "x-line-signature"
    destination: str | None = None
    style: str | None = None
    # Sent so many times more, as if the network had repeated it.
    duplicates: int = 0
    delay_ms: float = 0.0
    # These bytes instead of the events.
    raw: str | None = None
    endpoint: str | None = None


def sign(secret: str, payload: bytes) -> str:
    """Return LINE's signature: HMAC-SHA256 over the exact bytes, in base64."""
    return base64.b64encode(hmac.new(secret.encode(), payload, hashlib.sha256).digest()).decode()


def compose(
    world: World, channel: Channel, events: list[dict[str, Any]], options: SendOptions
) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of one webhook request."""
    if options.raw is not None:
        payload = options.raw.encode(errors="replace")
    else:
        body = {"destination": options.destination or channel.bot_user_id, "events": events}
        payload = spell(world, body, options.style or channel.webhook.style)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": AGENT}
    signature = _signature(channel, payload, options.signature)
    if signature is not None:
        headers[options.header] = signature
    return payload, headers


def _signature(channel: Channel, payload: bytes, mode: str) -> str | None:
    if mode == "missing":
        return None
    if mode == "bad":
        return sign(channel.secret, payload + b" ")
    if mode == "other":
        return sign(hashlib.md5(channel.secret.encode()).hexdigest(), payload)
    return sign(channel.secret, payload)


def spell(world: World, body: dict[str, Any], style: str) -> bytes:
    """Return the same JSON in one of the spellings that a reader must accept alike."""
    if style == "spaced":
        return json.dumps(body, ensure_ascii=False, indent=3, separators=(" ,", " : ")).encode(errors="replace")
    if style == "escaped":
        return json.dumps(body, ensure_ascii=True).replace("/", "\\/").encode()
    if style == "shuffled":
        return json.dumps(_shuffled(world, body), ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _shuffled(world: World, data: Any) -> Any:
    if isinstance(data, dict):
        keys = list(data)
        world.random.shuffle(keys)
        return {key: _shuffled(world, data[key]) for key in keys}
    return [_shuffled(world, item) for item in data] if isinstance(data, list) else data
